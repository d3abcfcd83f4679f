#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bench/contract/workload.hpp"

namespace bench {

// One size of a workload, for those who need not know its type: what they do is compiled once, not
// once for each workload.
struct any_size {
  params shown;  // as it stands in a row's name
  demand asked;
  std::size_t fields;  // of the input, as far as `with` knows them
  any_size(params shown, const demand& asked, std::size_t fields)
      : shown{std::move(shown)}, asked{asked}, fields{fields} {}
  virtual ~any_size() = default;
  // The same with this field set to `value`. Null where that is no whole number, where it is a
  // switch that would be neither off nor on, and where it would be zero but must not.
  virtual std::unique_ptr<any_size> with(std::size_t field, long value, bool zero) const = 0;
};

namespace inputs {

struct anything {
  template <class T>
  operator T() const;
};

// Whether T{x, x, ...} with so many is an aggregate's initialisation.
template <class T, class... Any>
consteval bool takes(std::size_t n) {
  if (sizeof...(Any) == n) return requires {
      T{Any{}...};
    };
  if constexpr (sizeof...(Any) < 11) return takes<T, Any..., anything>(n);
  return false;
}
// Of an aggregate that has one to ten; the fields of larger ones are left alone.
template <class T>
consteval std::size_t fields() {
  std::size_t n = 11;
  while (n > 0 && !takes<T>(n)) --n;
  return n < 11 ? n : 0;
}

// Calls `f` with each field.
template <class T>
void each_field(T& t, auto&& f) {
  constexpr std::size_t n = fields<T>();
  const auto all = [&](auto&... field) { (f(field), ...); };
  if constexpr (n == 1) {
    auto& [a] = t;
    all(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = t;
    all(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = t;
    all(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = t;
    all(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = t;
    all(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, h] = t;
    all(a, b, c, d, e, h);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, h, i] = t;
    all(a, b, c, d, e, h, i);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, h, i, j] = t;
    all(a, b, c, d, e, h, i, j);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, h, i, j, k] = t;
    all(a, b, c, d, e, h, i, j, k);
  } else if constexpr (n == 10) {
    auto& [a, b, c, d, e, h, i, j, k, l] = t;
    all(a, b, c, d, e, h, i, j, k, l);
  }
}

}  // namespace inputs

template <class W>
class size_of final : public any_size {
 public:
  using answer = decltype(W::expected(std::declval<const typename W::input&>()));
  const typename W::input in;

  explicit size_of(const typename W::input& in)
      : any_size{W::describe(in), W::demand(in), inputs::fields<typename W::input>()}, in{in} {}

  std::unique_ptr<any_size> with(std::size_t field, long value, bool zero) const override {
    auto changed = in;
    bool can = false;
    std::size_t at = 0;
    inputs::each_field(changed, [&]<class Field>(Field& here) {
      if (at++ != field) return;
      if constexpr (std::integral<Field>) {
        can = std::same_as<Field, bool> ? value <= 1 : value != 0 || zero;
        if (can) here = static_cast<Field>(value);
      }
    });
    return can ? std::make_unique<size_of>(changed) : nullptr;
  }

  // Worked out once, however often a cell is started.
  const answer& expected() {
    if (!expected_) expected_.emplace(W::expected(in));
    return *expected_;
  }

 private:
  std::optional<answer> expected_;
};

// W's sizes for a profile and settings.
template <class W>
std::vector<std::shared_ptr<any_size>> all_sizes_of(profile p, const settings& s) {
  std::vector<std::shared_ptr<any_size>> all;
  for (const auto& in : sizes_of<W>(p, s)) all.push_back(std::make_shared<size_of<W>>(in));
  return all;
}

}  // namespace bench
