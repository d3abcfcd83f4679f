#include <gtest/gtest.h>

#include "workloads/cpu/enhance.hpp"
#include "workloads/cpu/hash.hpp"
#include "workloads/cpu/mandelbrot.hpp"
#include "workloads/cpu/matmul.hpp"
#include "workloads/cpu/sort.hpp"

namespace {

template <class W>
using plain_setup = typename W::template setup<bench::no_model>;

// Where one wrong value would sit in each workload's result.
void spoil(plain_setup<workloads::enhance>& s) { s.out[s.out.size() / 2] ^= 1; }
void spoil(plain_setup<workloads::hash>& s) { std::swap(s.digests[1], s.digests[2]); }
void spoil(plain_setup<workloads::mandelbrot>& s) { s.counts[s.counts.size() - 1] += 1; }
void spoil(plain_setup<workloads::matmul>& s) { s.c[77] += 1; }
void spoil(plain_setup<workloads::sort>& s) { s.numbers[5] = s.numbers[6]; }

template <class W>
class cpu_workload : public testing::Test {};
using all = testing::Types<workloads::enhance, workloads::hash, workloads::mandelbrot,
                           workloads::matmul, workloads::sort>;
TYPED_TEST_SUITE(cpu_workload, all);

TYPED_TEST(cpu_workload, accepts_the_floors_answer_again_and_again) {
  for (const auto& in : bench::sizes_of<TypeParam>(bench::profile::smallest, {})) {
    const auto expected = TypeParam::expected(in);
    bench::no_model memory;
    plain_setup<TypeParam> setup(memory, in);
    for (int i = 0; i < 3; ++i) {
      setup.reset();
      EXPECT_EQ(setup.answer(TypeParam::floor(setup)), expected);
    }
  }
}

TYPED_TEST(cpu_workload, rejects_what_is_left_from_the_last_run_and_one_wrong_value) {
  for (const auto& in : bench::sizes_of<TypeParam>(bench::profile::smallest, {})) {
    const auto expected = TypeParam::expected(in);
    bench::no_model memory;
    plain_setup<TypeParam> setup(memory, in);
    setup.reset();
    TypeParam::floor(setup);
    setup.reset();
    EXPECT_NE(setup.answer(true), expected);
    TypeParam::floor(setup);
    EXPECT_EQ(setup.answer(true), expected);
    spoil(setup);
    EXPECT_NE(setup.answer(true), expected);
  }
}

TYPED_TEST(cpu_workload, has_sizes_and_tasks_in_every_profile) {
  for (const auto p : {bench::profile::smallest, bench::profile::quick, bench::profile::standard,
                       bench::profile::thorough}) {
    const auto sizes = bench::sizes_of<TypeParam>(p, {});
    EXPECT_FALSE(sizes.empty());
    for (const auto& in : sizes) {
      EXPECT_GT(TypeParam::demand(in).tasks, 1);
      EXPECT_FALSE(TypeParam::describe(in).empty());
    }
  }
}

TEST(enhance_workload, takes_a_photo_and_saves_the_result) {
  std::string folder = (std::filesystem::temp_directory_path() / "contend-photo-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto photo = workloads::night_scene(301, 203);
  workloads::save_png(folder + "/in.png", 301, 203, photo.pixels);
  bench::settings settings;
  settings.extra = {{"image", folder + "/in.png"}, {"save", folder + "/out.png"}};
  const auto sizes = bench::sizes_of<workloads::enhance>(bench::profile::quick, settings);
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_EQ(workloads::enhance::describe(sizes[1]),
            (bench::params{{"size", "301x203"}, {"tile", "256"}, {"kernel", "vector"}}));
  const auto expected = workloads::enhance::expected(sizes[1]);
  bench::no_model memory;
  plain_setup<workloads::enhance> setup(memory, sizes[1]);
  setup.reset();
  EXPECT_EQ(setup.answer(workloads::enhance::floor(setup)), expected);
  const auto saved = workloads::load_image(folder + "/out.png");
  EXPECT_EQ(workloads::checksum(std::span{saved.pixels}), expected);
  settings.extra["image"] = folder + "/missing.jpg";
  EXPECT_THROW(bench::sizes_of<workloads::enhance>(bench::profile::quick, settings),
               std::runtime_error);
  std::filesystem::remove_all(folder);
}

}  // namespace
