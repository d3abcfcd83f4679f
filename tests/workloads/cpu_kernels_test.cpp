#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/mandelbrot_kernel.hpp"
#include "workloads/kernels/matmul_kernel.hpp"
#include "workloads/kernels/merge.hpp"
#include "workloads/kernels/sha256.hpp"

namespace {

std::string hex(const workloads::sha256_digest& digest) {
  std::string text;
  for (const int byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string hash_of(const std::string& text) {
  return hex(workloads::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
}

TEST(sha256, gives_the_digests_of_fips_180_4) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256, is_the_same_on_every_thread) {
  const auto expected = hash_of("abc");
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        if (hash_of("abc") != expected) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(checksum, depends_on_every_byte_and_its_place) {
  std::vector<std::uint8_t> bytes(203, 7);
  const auto before = workloads::checksum(std::span{bytes});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    EXPECT_NE(workloads::checksum(std::span{bytes}), before) << i;
    bytes[i] ^= 1;
  }
  EXPECT_EQ(workloads::checksum(std::span{bytes}), before);
  bytes.push_back(0);
  EXPECT_NE(workloads::checksum(std::span{bytes}), before);
  bytes = {1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0};
  const auto one_way = workloads::checksum(std::span{bytes});
  std::swap(bytes[0], bytes[8]);
  EXPECT_NE(workloads::checksum(std::span{bytes}), one_way);
}

TEST(mandelbrot, counts_a_row_as_it_counts_each_point) {
  for (const workloads::mandelbrot_view view :
       {workloads::mandelbrot_view{1, 1, 16}, {31, 17, 64}, {33, 40, 256}, {320, 200, 1008}}) {
    std::vector<std::uint16_t> counts(view.width + 1, 999);
    for (int y = 0; y < view.height; ++y) {
      workloads::mandelbrot_row(view, y, counts.data());
      ASSERT_EQ(counts.back(), 999);
      for (int x = 0; x < view.width; ++x) {
        ASSERT_EQ(counts[x], workloads::mandelbrot_point(view, x, y)) << x << "," << y;
      }
    }
  }
}

TEST(mandelbrot, knows_points_whose_answer_is_known) {
  // c = 0 and c = -1 never leave; c = -2 stays at |z| = 2; a corner leaves after z = 0.
  const workloads::mandelbrot_view view{270, 240, 160};
  EXPECT_EQ(workloads::mandelbrot_point(view, 200, 120), 160);
  EXPECT_EQ(workloads::mandelbrot_point(view, 100, 120), 160);
  EXPECT_EQ(workloads::mandelbrot_point(view, 0, 120), 160);
  EXPECT_EQ(workloads::mandelbrot_point(view, 0, 0), 1);
}

TEST(mandelbrot, has_rows_of_very_uneven_length) {
  const workloads::mandelbrot_view view{256, 256, 1024};
  std::vector<long> work(view.height);
  std::vector<std::uint16_t> counts(view.width);
  for (int y = 0; y < view.height; ++y) {
    workloads::mandelbrot_row(view, y, counts.data());
    for (const auto count : counts) work[y] += count;
  }
  std::sort(work.begin(), work.end());
  EXPECT_GT(work[work.size() * 9 / 10], 50 * work[work.size() / 10]);
}

TEST(matmul, gives_the_sums_of_the_definition) {
  std::mt19937 random(4);
  std::uniform_int_distribution<> digit(-9, 9);
  for (const int n : {64, 128, 192}) {
    std::vector<double> a(n * n);
    std::vector<double> b(n * n);
    std::vector<double> panels(n * n);
    std::vector<double> c(n * n, 1e9);
    for (auto& value : a) value = digit(random);
    for (int i = 0; i < n * n; ++i)
      panels[workloads::panel_index(n, i / n, i % n)] = b[i] = digit(random);
    for (int i = 0; i < n; i += workloads::matmul_tile) {
      for (int j = 0; j < n; j += workloads::matmul_tile) {
        workloads::matmul_tile_product(a.data(), panels.data(), c.data(), n, i, j);
      }
    }
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        double sum = 0;
        for (int k = 0; k < n; ++k) sum += a[i * n + k] * b[k * n + j];
        ASSERT_EQ(c[i * n + j], sum) << i << "," << j;
      }
    }
  }
}

TEST(merge, gives_the_same_sequence_in_pieces_of_any_size) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const std::size_t size = std::uniform_int_distribution<>(0, 200)(random);
    const std::size_t left = std::uniform_int_distribution<std::size_t>(0, size)(random);
    const std::uint64_t values = round % 3 == 0 ? 4 : 1'000'000;  // few values: many equal ones
    std::vector<std::uint64_t> data(size);
    for (auto& value : data) value = random() % values;
    std::sort(data.begin(), data.begin() + left);
    std::sort(data.begin() + left, data.end());
    std::vector<std::uint64_t> expected(size);
    std::merge(data.begin(), data.begin() + left, data.begin() + left, data.end(),
               expected.begin());
    std::vector<std::uint64_t> out(size, 77);
    const std::size_t piece = std::uniform_int_distribution<>(1, 60)(random);
    for (std::size_t at = 0; at < size; at += piece) {
      workloads::merge_piece({data.data(), left, size}, out.data(), at, std::min(at + piece, size));
    }
    ASSERT_EQ(out, expected);
  }
}

}  // namespace
