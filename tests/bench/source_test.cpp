#include "bench/registry/source.hpp"

#include <gtest/gtest.h>

namespace {

constexpr auto file = R"(namespace workloads {
struct one {
  static long floor() { return 1; }

  struct direct {
    template <class M>
    static long run(M& m) {
      if (m) { return 2; }
      return 1;
    }
  };
};
}
)";

TEST(source, shows_a_body_as_it_stands_in_the_file) {
  EXPECT_EQ(bench::source_of(file, "direct"),
            "template <class M>\nstatic long run(M& m) {\n  if (m) { return 2; }\n  return 1;\n}");
}

TEST(source, shows_nothing_where_there_is_no_such_body) {
  EXPECT_EQ(bench::source_of(file, "coroutine"), "");
  EXPECT_EQ(bench::source_of("", "direct"), "");
}

TEST(source, shows_nothing_of_a_body_that_does_not_end) {
  EXPECT_EQ(bench::source_of("struct direct { void f() {", "direct"), "");
}

}  // namespace
