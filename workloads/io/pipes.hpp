#pragma once

#include <array>
#include <concepts>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/workload.hpp"
#include "workloads/far_side/loop_pipe.hpp"

namespace workloads {

// Producers and consumers in pairs, each pair over a pipe of its own: messages of 64 bytes go
// through it one by one, and the consumer sums the numbers in them.
struct pipes {
  static constexpr std::string_view about = "producers and consumers in pairs, each over a pipe";

  struct input {
    long pairs, messages;  // messages a pair
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{2, 10}};
      case bench::profile::quick:
        return {{8, 1'000}};
      case bench::profile::standard:
        return {{1, 10'000}, {100, 1'000}};
      case bench::profile::thorough:
        return {{1, 10'000}, {100, 1'000}, {1'000, 1'000}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"pairs", std::to_string(in.pairs)}, {"messages", std::to_string(in.messages)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.pairs * in.messages, .live = 2 * in.pairs};
  }
  static long expected(const input& in) { return in.pairs * in.messages * (in.messages + 1) / 2; }

  struct message {
    std::array<long, 8> numbers{};
    std::span<std::byte> bytes() { return std::as_writable_bytes(std::span{numbers}); }
  };

  template <class M>
  struct setup {
    setup(M&, const input& in) : messages{in.messages}, ends(in.pairs) {
      for (auto& pair : ends) pair = bench::pipe_end<M>::create();
    }
    setup(const setup&) = delete;
    ~setup() {
      for (auto& pair : ends)
        for (auto& end : pair) end.close();
    }
    long messages;
    std::vector<std::array<bench::pipe_end<M>, 2>> ends;
  };

  template <std::same_as<bench::no_model> M>
  struct setup<M> {
    setup(M&, const input& in) : pairs{in.pairs}, messages{in.messages} {}
    long pairs, messages;
    loop_pipe pipe{};
  };

  // The one thread that there is writes each message and reads it back.
  static long floor(setup<bench::no_model>& s) {
    long sum = 0;
    for (long i = 0; i < s.pairs * s.messages; ++i) {
      message in, out;
      out.numbers[0] = i % s.messages + 1;
      s.pipe.there_and_back(out.bytes(), in.bytes());
      sum += in.numbers[0];
    }
    return sum;
  }

  struct direct {
    template <bench::waits M>
    requires bench::does_io<M>
    static void produce(M&, bench::pipe_end<M> to, long messages) {
      message m;
      for (long i = 1; i <= messages; ++i) {
        m.numbers[0] = i;
        const auto written = to.write(m.bytes());
        written.get("write");
      }
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static long consume(M&, bench::pipe_end<M> from, long messages) {
      message m;
      long sum = 0;
      for (long i = 1; i <= messages; ++i) {
        const auto read = from.read(m.bytes(), bench::amount::all);
        read.get("read");
        sum += m.numbers[0];
      }
      return sum;
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static long run(M& m, setup<M>& s) {
      std::vector<long> sums(s.ends.size());
      auto group = m.group();
      for (std::size_t i = 0; i < s.ends.size(); ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, s.ends[i][0], s.messages);
        group.spawn(bench::fn<produce<M>>, s.ends[i][1], s.messages);
      }
      group.join();
      return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };

  struct coroutine {
    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, void> produce(M&, bench::pipe_end<M> to, long messages) {
      message m;
      for (long i = 1; i <= messages; ++i) {
        m.numbers[0] = i;
        const auto written = co_await to.write(m.bytes());
        written.get("write");
      }
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, long> consume(M&, bench::pipe_end<M> from, long messages) {
      message m;
      long sum = 0;
      for (long i = 1; i <= messages; ++i) {
        const auto read = co_await from.read(m.bytes(), bench::amount::all);
        read.get("read");
        sum += m.numbers[0];
      }
      co_return sum;
    }

    template <bench::waits M>
    requires bench::does_io<M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      std::vector<long> sums(s.ends.size());
      auto group = m.group();
      for (std::size_t i = 0; i < s.ends.size(); ++i) {
        group.spawn(&sums[i], bench::fn<consume<M>>, s.ends[i][0], s.messages);
        group.spawn(bench::fn<produce<M>>, s.ends[i][1], s.messages);
      }
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
};

}  // namespace workloads
