#pragma once

#include <fcntl.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/workload.hpp"
#include "workloads/far_side/download.hpp"
#include "workloads/far_side/epoll_fetch.hpp"
#include "workloads/far_side/image_origin.hpp"
#include "workloads/far_side/scratch_folder.hpp"

namespace workloads {

// Downloads images over HTTP from an origin with a latency, checks every byte and saves each, with
// so many in flight, a task for each of those. in_flight:1 awaits one after the other, which is no
// concurrency under any model. Latencies are from an image's request, its connection included, to
// its last byte.
struct fetch {
  static constexpr std::string_view about =
      "downloads images over HTTP from an origin with a latency, checks and saves them";

  using input = fetch_size;
  static std::vector<input> sizes(bench::profile p, const bench::settings& s) {
    return from_origin(sizes_of(p), s);
  }
  static std::vector<bench::knob> knobs() {
    return {
        {"origin", "", "URL to download instead of contend-origin's images: http://HOST:PORT/..."}};
  }
  static std::vector<input> sizes_of(bench::profile p) {
    constexpr long kib = 1'024;
    switch (p) {
      case bench::profile::smallest:
        return {{4, 2, 1'000, 0, 0, true}, {4, 2, 1'000, 0, 0, false}};
      case bench::profile::quick:
        return {{16, 16, 16 * kib, 2, 0, false}, {16, 1, 16 * kib, 2, 0, true}};
      case bench::profile::standard:
        return {{100, 100, 64 * kib, 20, 0, false},
                {20, 1, 64 * kib, 20, 0, true},
                {400, 100, 64 * kib, 5, 0, true},
                {1'000, 1'000, 16 * kib, 5, 0, false},
                {20, 20, 64 * kib, 5, 2'000 * kib, false}};
      case bench::profile::thorough:
        return {
            {100, 100, 64 * kib, 20, 0, false},          {100, 1, 64 * kib, 20, 0, true},
            {1'000, 1'000, 64 * kib, 5, 0, false},       {1'000, 100, 64 * kib, 5, 0, true},
            {20, 20, 256 * kib, 20, 1'000 * kib, false}, {10'000, 10'000, 4 * kib, 1, 0, false}};
    }
    return {};
  }
  // The same with what the user has set for an origin.
  static std::vector<input> from_origin(std::vector<input> sizes, const bench::settings& s) {
    for (auto& size : sizes) size.origin = origin_of(s);
    return sizes;
  }
  static bench::params describe(const input& in) { return in.describe(); }
  static bench::demand demand(const input& in) {
    return {.tasks = in.images, .live = in.in_flight};
  }
  static std::uint64_t expected(const input& in) { return expected_sum(in); }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : origin{in},
          shared{m.template buffer<download_plan>(1)},
          watches{m, static_cast<std::size_t>(in.images)} {
      plan = shared.data();
      *plan = origin.plan();
      plan->watches = watches.watch(0);
      std::snprintf(plan->folder.data(), plan->folder.size(), "%s", folder.path());
      if (in.rounds != 0) plan->folder = {};  // computes with them instead
    }
    void reset() {
      for (const auto& old : std::filesystem::directory_iterator{folder.path()})
        std::filesystem::remove(old);
    }
    std::uint64_t answer(std::uint64_t received) const {
      if (plan->saves() && saved_sum(*plan) != received)
        throw std::runtime_error{"what was saved is not what was downloaded"};
      return received;
    }
    bench::histogram latencies() const { return watches.latencies(); }

    image_origin origin;
    scratch_folder folder{};
    bench::buffer<download_plan> shared;
    bench::recorder watches;
    download_plan* plan = nullptr;
  };

  static std::uint64_t floor(setup<bench::no_model>& s) { return epoll_fetch(*s.plan); }

  struct direct {
    // Every so many-th image, one at a time; the sum of their digests.
    template <bench::does_io M>
    static std::uint64_t fetch_share(M&, const download_plan* plan, long first) {
      download one{*plan};
      bench::stream<M> peer;
      std::uint64_t sum = 0;
      for (long i = first; i < plan->images; i += plan->in_flight) {
        plan->watches[i].start();
        if (!one.is_connected()) {
          peer = bench::stream<M>::create();
          const auto made = peer.connect(plan->origin(), sizeof plan->address);
          made.get("connect to the origin");
          one.connected();
        }
        const auto sent = peer.write(one.ask(i));
        sent.get("send to the origin");
        while (one.wants_more()) {
          const auto got = peer.read(one.space());
          one.take(got);
        }
        plan->watches[i].stop();
        if (!one.is_connected()) peer.close();
        if (plan->saves()) {
          const auto path = plan->path_of(i);
          const auto opened = bench::file<M>::open(path.data(), O_WRONLY | O_CREAT | O_TRUNC);
          bench::file<M> file{static_cast<int>(opened.get("open"))};
          const auto written = file.write(one.image(), 0);
          file.close();
          written.get("save an image");
        }
        sum += digest_of(one.image(), i, plan->rounds);
      }
      if (one.is_connected()) peer.close();
      return sum;
    }

    template <bench::does_io M>
    static std::uint64_t run(M& m, setup<M>& s) {
      std::vector<std::uint64_t> sums(s.plan->in_flight);
      const download_plan* const plan = s.plan;
      auto group = m.group();
      for (long i = 0; i < plan->in_flight; ++i)
        group.spawn(&sums[i], bench::fn<fetch_share<M>>, plan, i);
      group.join();
      return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    }
  };

  struct coroutine {
    template <bench::does_io M>
    static bench::task_of<M, std::uint64_t> fetch_share(M&, const download_plan* plan, long first) {
      download one{*plan};
      bench::stream<M> peer;
      std::uint64_t sum = 0;
      for (long i = first; i < plan->images; i += plan->in_flight) {
        plan->watches[i].start();
        if (!one.is_connected()) {
          peer = bench::stream<M>::create();
          const auto made = co_await peer.connect(plan->origin(), sizeof plan->address);
          made.get("connect to the origin");
          one.connected();
        }
        const auto sent = co_await peer.write(one.ask(i));
        sent.get("send to the origin");
        while (one.wants_more()) {
          const auto got = co_await peer.read(one.space());
          one.take(got);
        }
        plan->watches[i].stop();
        if (!one.is_connected()) peer.close();
        if (plan->saves()) {
          const auto path = plan->path_of(i);
          const auto opened =
              co_await bench::file<M>::open(path.data(), O_WRONLY | O_CREAT | O_TRUNC);
          bench::file<M> file{static_cast<int>(opened.get("open"))};
          const auto written = co_await file.write(one.image(), 0);
          file.close();
          written.get("save an image");
        }
        sum += digest_of(one.image(), i, plan->rounds);
      }
      if (one.is_connected()) peer.close();
      co_return sum;
    }

    template <bench::does_io M>
    static bench::task_of<M, std::uint64_t> run(M& m, setup<M>& s) {
      std::vector<std::uint64_t> sums(s.plan->in_flight);
      const download_plan* const plan = s.plan;
      auto group = m.group();
      for (long i = 0; i < plan->in_flight; ++i)
        group.spawn(&sums[i], bench::fn<fetch_share<M>>, plan, i);
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    }
  };
};

}  // namespace workloads
