#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <numeric>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "bench/contract/io.hpp"
#include "bench/contract/workload.hpp"
#include "workloads/far_side/scratch_folder.hpp"

namespace workloads {

// Each task writes a file in blocks, where it is asked to until it is on the disk, reads it back
// and sums what it read: many small files, or one large one.
struct files {
  static constexpr std::string_view about = "writes files, reads them back and sums their bytes";
  static constexpr long block_bytes = 64 << 10;

  struct input {
    long files, bytes;
    bool fsync;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{3, 1'000, true}};
      case bench::profile::quick:
        return {{50, 4'096, false}, {1, 2 << 20, false}};
      case bench::profile::standard:
        return {{1'000, 4'096, false}, {100, 4'096, true}, {1, 64 << 20, false}};
      case bench::profile::thorough:
        return {{10'000, 4'096, false}, {1'000, 4'096, true}, {1, 512 << 20, true}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"files", std::to_string(in.files)},
            {"bytes", std::to_string(in.bytes)},
            {"fsync", in.fsync ? "1" : "0"}};
  }
  static bench::demand demand(const input& in) { return {.tasks = in.files, .live = in.files}; }
  static long expected(const input& in) {
    long sum = 0;
    for (long file = 0; file < in.files; ++file)
      for (long i = 0; i < in.bytes; ++i) sum += (file + i / block_bytes + i % block_bytes) % 251;
    return sum;
  }

  [[gnu::noinline]] static void fill(std::span<std::byte> block, long seed) {
    for (std::size_t i = 0; i < block.size(); ++i)
      block[i] = static_cast<std::byte>((seed + static_cast<long>(i)) % 251);
  }
  [[gnu::noinline]] static long sum_of(std::span<const std::byte> block) {
    return std::accumulate(block.begin(), block.end(), 0L,
                           [](long sum, std::byte b) { return sum + std::to_integer<long>(b); });
  }
  using path = std::array<char, 256>;
  static path path_of(const char* folder, long number) {
    path p;
    std::snprintf(p.data(), p.size(), "%s/%ld", folder, number);
    return p;
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in) : size{in}, place{m.template buffer<char>(sizeof(path))} {
      std::snprintf(place.data(), place.size(), "%s", folder.path());
    }
    input size;
    scratch_folder folder{};
    bench::buffer<char> place;  // the folder's name, where every task can read it
  };

  // The same system calls in a plain loop.
  static long floor(setup<bench::no_model>& s) {
    const auto checked = [](long result) {
      if (result < 0) throw std::system_error{errno, std::generic_category(), "files"};
      return static_cast<int>(result);
    };
    long sum = 0;
    std::vector<std::byte> block(std::min(s.size.bytes, block_bytes));
    const auto size_at = [&](long at) { return std::min(s.size.bytes - at, block_bytes); };
    for (long number = 0; number < s.size.files; ++number) {
      const int fd = checked(::open(path_of(s.place.data(), number).data(),
                                    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
      for (long at = 0; at < s.size.bytes; at += block_bytes) {
        fill(std::span{block}.first(size_at(at)), number + at / block_bytes);
        checked(::pwrite(fd, block.data(), size_at(at), at));
      }
      if (s.size.fsync) checked(::fsync(fd));
      for (long at = 0; at < s.size.bytes; at += block_bytes) {
        checked(::pread(fd, block.data(), size_at(at), at));
        sum += sum_of(std::span{block}.first(size_at(at)));
      }
      ::close(fd);
    }
    return sum;
  }

  struct direct {
    template <bench::does_io M>
    static long write_and_read(M&, const char* folder, long number, input in) {
      const auto name = path_of(folder, number);
      const auto opened = bench::file<M>::open(name.data(), O_RDWR | O_CREAT | O_TRUNC);
      bench::file<M> file{static_cast<int>(opened.get("open"))};
      std::vector<std::byte> block(std::min(in.bytes, block_bytes));
      bench::io_result last;
      for (long at = 0; at < in.bytes && last; at += block_bytes) {
        const auto part = std::span{block}.first(std::min(in.bytes - at, block_bytes));
        fill(part, number + at / block_bytes);
        last = file.write(part, at);
      }
      if (in.fsync && last) last = file.sync();
      long sum = 0;
      for (long at = 0; at < in.bytes && last; at += block_bytes) {
        const auto part = std::span{block}.first(std::min(in.bytes - at, block_bytes));
        last = file.read(part, at);
        sum += sum_of(part);
      }
      file.close();
      last.get("a file's write, fsync or read");
      return sum;
    }

    template <bench::does_io M>
    static long run(M& m, setup<M>& s) {
      std::vector<long> sums(s.size.files);
      auto group = m.group();
      for (long i = 0; i < s.size.files; ++i)
        group.spawn(&sums[i], bench::fn<write_and_read<M>>,
                    static_cast<const char*>(s.place.data()), i, s.size);
      group.join();
      return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };

  struct coroutine {
    template <bench::does_io M>
    static bench::task_of<M, long> write_and_read(M&, const char* folder, long number, input in) {
      const auto name = path_of(folder, number);
      const auto opened = co_await bench::file<M>::open(name.data(), O_RDWR | O_CREAT | O_TRUNC);
      bench::file<M> file{static_cast<int>(opened.get("open"))};
      std::vector<std::byte> block(std::min(in.bytes, block_bytes));
      bench::io_result last;
      for (long at = 0; at < in.bytes && last; at += block_bytes) {
        const auto part = std::span{block}.first(std::min(in.bytes - at, block_bytes));
        fill(part, number + at / block_bytes);
        last = co_await file.write(part, at);
      }
      if (in.fsync && last) last = co_await file.sync();
      long sum = 0;
      for (long at = 0; at < in.bytes && last; at += block_bytes) {
        const auto part = std::span{block}.first(std::min(in.bytes - at, block_bytes));
        last = co_await file.read(part, at);
        sum += sum_of(part);
      }
      file.close();
      last.get("a file's write, fsync or read");
      co_return sum;
    }

    template <bench::does_io M>
    static bench::task_of<M, long> run(M& m, setup<M>& s) {
      std::vector<long> sums(s.size.files);
      auto group = m.group();
      for (long i = 0; i < s.size.files; ++i)
        group.spawn(&sums[i], bench::fn<write_and_read<M>>,
                    static_cast<const char*>(s.place.data()), i, s.size);
      co_await group.join();
      co_return std::accumulate(sums.begin(), sums.end(), 0L);
    }
  };
};

}  // namespace workloads
