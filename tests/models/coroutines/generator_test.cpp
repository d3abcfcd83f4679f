// What generators promise: the plain ones, and those whose bodies wait, under each model that has
// them.

#include "models/support/coroutines/generator.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/contract/generator.hpp"
#include "tests/shared/model_suites.hpp"

namespace {

using models::support::elements_of;
using models::support::generator;

std::vector<int> all_of(generator<int> g) {
  std::vector<int> all;
  for (const int n : g) all.push_back(n);
  return all;
}

generator<int> count(int n) {
  for (int i = 0; i < n; ++i) co_yield i;
}

TEST(a_generator, yields_its_elements_and_ends) {
  EXPECT_EQ(all_of(count(4)), (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(all_of(count(0)), std::vector<int>{});
}

generator<int> tells_when_it_runs(bool& running) {
  running = true;
  co_yield 1;
}

TEST(a_generator, does_not_run_before_its_first_element_is_wanted) {
  bool running = false;
  auto g = tells_when_it_runs(running);
  EXPECT_FALSE(running);
  EXPECT_EQ(*g.begin(), 1);
  EXPECT_TRUE(running);
}

generator<std::string> words() {
  co_yield std::string{"temporary"};
  std::string word{"local"};
  co_yield word;
  const std::string fixed{"constant"};
  co_yield fixed;
}

TEST(a_generator, yields_temporaries_locals_and_constants) {
  std::vector<std::string> all;
  for (auto& word : words()) all.push_back(word);
  EXPECT_EQ(all, (std::vector<std::string>{"temporary", "local", "constant"}));
}

// In order: left subtree, node, right subtree, as a walk over a binary tree has it.
generator<int> in_order(int first, int last) {
  if (first < last) {
    const int middle = first + (last - first) / 2;
    co_yield elements_of(in_order(first, middle));
    co_yield middle;
    co_yield elements_of(in_order(middle + 1, last));
  }
}

TEST(a_nested_generator, yields_in_the_order_of_the_recursion) {
  const auto all = all_of(in_order(0, 1'000));
  ASSERT_EQ(all.size(), 1'000U);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(all[i], i);
}

generator<int> nested(int depth, int elements) {
  if (depth == 1) {
    for (int i = 0; i < elements; ++i) co_yield i;
  } else {
    auto inner = nested(depth - 1, elements);
    co_yield elements_of(std::move(inner));
  }
}

TEST(a_nested_generator, may_be_deep) {
  EXPECT_EQ(all_of(nested(10'000, 3)), (std::vector{0, 1, 2}));
}

struct counted {
  explicit counted(int& n) : alive{n} { ++alive; }
  ~counted() { --alive; }
  counted(const counted&) = delete;
  int& alive;
};

generator<int> nested_and_counted(int depth, int& alive) {
  const counted here{alive};
  if (depth > 1) {
    auto inner = nested_and_counted(depth - 1, alive);
    co_yield elements_of(std::move(inner));
  }
  for (int i = 0; i < 100; ++i) co_yield i;
}

TEST(a_generator, that_is_left_early_destroys_all_of_its_frames) {
  int alive = 0;
  for (const int n : nested_and_counted(50, alive)) {
    EXPECT_EQ(alive, 50);
    if (n == 3) break;
  }
  EXPECT_EQ(alive, 0);
}

generator<int> fails_after(int elements) {
  for (int i = 0; i < elements; ++i) co_yield i;
  throw std::runtime_error{"no more"};
}

TEST(a_generator, throws_at_the_element_that_could_not_be_made) {
  for (const int elements : {0, 1, 3}) {
    std::vector<int> got;
    EXPECT_THROW(for (const int n : fails_after(elements)) got.push_back(n), std::runtime_error);
    EXPECT_EQ(got.size(), static_cast<std::size_t>(elements));
  }
}

generator<int> catches() {
  bool failed = false;
  try {
    co_yield elements_of(fails_after(2));
  } catch (const std::runtime_error&) {
    failed = true;
  }
  if (failed) co_yield 100;
  co_yield elements_of(count(2));
}

TEST(a_nested_generator, hands_an_error_to_the_generator_that_asked_for_it) {
  EXPECT_EQ(all_of(catches()), (std::vector{0, 1, 100, 0, 1}));
}

template <class M>
class every_model_that_generates : public testing::Test {};
TYPED_TEST_SUITE(every_model_that_generates, models_that_generate, model_names);

// A body that yields from several calls, waits between elements, and is read to its end.
struct walk {
  struct direct {
    template <class M>
    static void tree(M& m, bench::sink<M, long>& out, long first, long last) {
      if (first < last) {
        long middle = first + (last - first) / 2;
        tree(m, out, first, middle);
        M::wait(turn{});
        out.yield(middle);
        tree(m, out, middle + 1, last);
      }
    }
    template <class M>
    static long run(M& m, const long& nodes) {
      long expected = 0;
      bench::generator<M, long> all{m, bench::fn<tree<M>>, 0L, nodes};
      auto node = all.next();
      while (node && *node == expected) {
        ++expected;
        M::wait(turn{});
        node = all.next();
      }
      auto after_the_end = all.next();
      return after_the_end ? -1 : expected;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> tree(M& m, bench::sink<M, long>& out, long first, long last) {
      if (first < last) {
        long middle = first + (last - first) / 2;
        co_await tree(m, out, first, middle);
        co_await M::wait(turn{});
        co_await out.yield(middle);
        co_await tree(m, out, middle + 1, last);
      }
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& nodes) {
      long expected = 0;
      bench::generator<M, long> all{m, bench::fn<tree<M>>, 0L, nodes};
      auto node = co_await all.next();
      while (node && *node == expected) {
        ++expected;
        co_await M::wait(turn{});
        node = co_await all.next();
      }
      auto after_the_end = co_await all.next();
      co_return after_the_end ? -1 : expected;
    }
  };
};

TYPED_TEST(every_model_that_generates, walks_a_tree_whose_walker_waits) {
  for (const int workers : {1, 2, 4}) {
    TypeParam m{with_workers(workers)};
    for (const long nodes : {0L, 1L, 1'000L}) EXPECT_EQ(run_on<walk>(m, nodes), nodes);
  }
}

// One that is left early, and one that fails: what lives in their bodies is destroyed, the error
// rises where the element was asked for, and after it is the end.
struct ends_early {
  struct direct {
    template <class M>
    static void deep(M& m, bench::sink<M, long>& out, int* alive, long depth) {
      const counted here{*alive};
      if (depth > 1) {
        deep(m, out, alive, depth - 1);
      } else {
        for (long i = 0; i < 5; ++i) out.yield(i);
        throw std::runtime_error{"five is enough"};
      }
    }
    template <class M>
    static std::string run(M& m) {
      int alive = 0;
      long sum = 0;
      {
        bench::generator<M, long> left{m, bench::fn<deep<M>>, &alive, 20L};
        auto first = left.next();
        auto second = left.next();
        sum += *first + *second;
        if (alive != 20) return "not 20 frames";
      }
      if (alive != 0) return "frames that outlive their generator";
      bench::generator<M, long> fails{m, bench::fn<deep<M>>, &alive, 20L};
      std::string caught;
      try {
        for (int i = 0; i < 6; ++i) {
          auto element = fails.next();
          sum += *element;
        }
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      auto after = fails.next();
      if (after || alive != 0) return "goes on after its error";
      return caught + " " + std::to_string(sum);
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> deep(M& m, bench::sink<M, long>& out, int* alive, long depth) {
      const counted here{*alive};
      if (depth > 1) {
        co_await deep(m, out, alive, depth - 1);
      } else {
        for (long i = 0; i < 5; ++i) co_await out.yield(i);
        throw std::runtime_error{"five is enough"};
      }
    }
    template <class M>
    static bench::task_of<M, std::string> run(M& m) {
      int alive = 0;
      long sum = 0;
      {
        bench::generator<M, long> left{m, bench::fn<deep<M>>, &alive, 20L};
        auto first = co_await left.next();
        auto second = co_await left.next();
        sum += *first + *second;
        if (alive != 20) co_return "not 20 frames";
      }
      if (alive != 0) co_return "frames that outlive their generator";
      bench::generator<M, long> fails{m, bench::fn<deep<M>>, &alive, 20L};
      std::string caught;
      try {
        for (int i = 0; i < 6; ++i) {
          auto element = co_await fails.next();
          sum += *element;
        }
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      auto after = co_await fails.next();
      if (after || alive != 0) co_return "goes on after its error";
      co_return caught + " " + std::to_string(sum);
    }
  };
};

TYPED_TEST(every_model_that_generates, leaves_nothing_of_a_generator_that_ends_early) {
  for (const int workers : {1, 2}) {
    TypeParam m{with_workers(workers)};
    EXPECT_EQ(run_on<ends_early>(m), "five is enough 11");
  }
}

// A generator over a generator, both with a place of their own.
struct squares_of_evens {
  struct direct {
    template <class M>
    static void numbers(M&, bench::sink<M, long>& out, long n) {
      for (long i = 0; i < n; ++i) out.yield(i);
    }
    template <class M>
    static void squares(M& m, bench::sink<M, long>& out, long n) {
      bench::generator<M, long> source{m, bench::fn<numbers<M>>, n};
      auto number = source.next();
      while (number) {
        if (*number % 2 == 0) out.yield(*number * *number);
        number = source.next();
      }
    }
    template <class M>
    static long run(M& m, const long& n) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<squares<M>>, n};
      auto square = all.next();
      while (square) {
        sum += *square;
        square = all.next();
      }
      return sum;
    }
  };
  struct coroutine {
    template <class M>
    static bench::task_of<M, void> numbers(M&, bench::sink<M, long>& out, long n) {
      for (long i = 0; i < n; ++i) co_await out.yield(i);
    }
    template <class M>
    static bench::task_of<M, void> squares(M& m, bench::sink<M, long>& out, long n) {
      bench::generator<M, long> source{m, bench::fn<numbers<M>>, n};
      auto number = co_await source.next();
      while (number) {
        if (*number % 2 == 0) co_await out.yield(*number * *number);
        number = co_await source.next();
      }
    }
    template <class M>
    static bench::task_of<M, long> run(M& m, const long& n) {
      long sum = 0;
      bench::generator<M, long> all{m, bench::fn<squares<M>>, n};
      auto square = co_await all.next();
      while (square) {
        sum += *square;
        square = co_await all.next();
      }
      co_return sum;
    }
  };
};

TYPED_TEST(every_model_that_generates, makes_generators_over_generators) {
  TypeParam m{with_workers(2)};
  EXPECT_EQ(run_on<squares_of_evens>(m, 100L), 161'700);
}

}  // namespace
