#pragma once

#include <openssl/sha.h>

#include <span>
#include <string>
#include <vector>

#include "bench/contract/workload.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/sha256.hpp"

namespace workloads {

// SHA-256 of many blocks, each a task: even work without memory to share, by a library that uses
// the processor's own instructions. The block's size says how much work a task is.
struct hash {
  static constexpr std::string_view about = "SHA-256 of many blocks, a task for each";

  struct input {
    long blocks;
    long block_bytes;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{7, 1000}};
      case bench::profile::quick:
        return {{64, 64 << 10}};
      case bench::profile::standard:
        return {{256, 64 << 10}, {4096, 1 << 10}};
      case bench::profile::thorough:
        return {{64, 1 << 20}, {1024, 64 << 10}, {4096, 1 << 10}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"blocks", std::to_string(in.blocks)}, {"block_bytes", std::to_string(in.block_bytes)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.blocks, .live = in.blocks, .parked = 0};
  }

  static void fill(const input& in, long block, std::span<std::uint8_t> bytes) {
    for (long i = 0; i < in.block_bytes; ++i) {
      bytes[i] = static_cast<std::uint8_t>(random_number(block * in.block_bytes + i));
    }
  }
  static std::uint64_t expected(const input& in) {
    std::vector<sha256_digest> digests(in.blocks);
    std::vector<std::uint8_t> bytes(in.block_bytes);
    for (long i = 0; i < in.blocks; ++i) {
      fill(in, i, bytes);
      SHA256(bytes.data(), bytes.size(), digests[i].data());
    }
    return checksum(std::span{digests});
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : in{in}, data{m.template buffer<std::uint8_t>(in.blocks * in.block_bytes)} {
      for (long i = 0; i < in.blocks; ++i) fill(in, i, {block(i), std::size_t(in.block_bytes)});
    }
    std::uint8_t* block(long i) const { return data.data() + i * in.block_bytes; }
    void reset() { digests.assign(in.blocks, {}); }
    std::uint64_t answer(bool) const { return checksum(std::span{digests}); }

    input in;
    bench::buffer<std::uint8_t> data;
    std::vector<sha256_digest> digests;
  };

  [[gnu::noinline]] static sha256_digest digest(const std::uint8_t* block, long bytes) {
    return sha256({block, static_cast<std::size_t>(bytes)});
  }
  static bool floor(setup<bench::no_model>& s) {
    for (long i = 0; i < s.in.blocks; ++i) s.digests[i] = digest(s.block(i), s.in.block_bytes);
    return true;
  }

  struct direct {
    template <class M>
    static sha256_digest task(M&, const std::uint8_t* block, long bytes) {
      return digest(block, bytes);
    }
    template <class M>
    static bool run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.in.blocks; ++i)
        group.spawn(&s.digests[i], bench::fn<task<M>>, s.block(i), s.in.block_bytes);
      group.join();
      return true;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, sha256_digest> task(M&, const std::uint8_t* block, long bytes) {
      co_return digest(block, bytes);
    }
    template <class M>
    static bench::task_of<M, bool> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.in.blocks; ++i)
        group.spawn(&s.digests[i], bench::fn<task<M>>, s.block(i), s.in.block_bytes);
      co_await group.join();
      co_return true;
    }
  };
};

}  // namespace workloads
