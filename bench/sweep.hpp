#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/workload.hpp"

namespace bench {

namespace sweeping {

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
template <class T>
consteval std::size_t fields() {
  std::size_t n = 11;
  while (n > 0 && !takes<T>(n)) --n;
  return n;
}

// Calls `f` with each field of an aggregate that has one to ten; larger ones are left alone.
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

// `in` with the field that `describe` shows under this key set to `value`: the one whose change
// changes that parameter to it, and nothing else. Throws std::invalid_argument where there is none,
// and for a zero where `zero` says that it means nothing, unless that is a switch turned off.
template <class W>
[[gnu::cold]] typename W::input with(const typename W::input& in, const std::string& key,
                                     long value, bool zero) {
  auto wanted = W::describe(in);
  std::ranges::find(wanted, key, &params::value_type::first)->second = std::to_string(value);
  if (W::describe(in) == wanted) return in;
  auto changed = in, found = in;
  bool any = false;
  each_field(changed, [&]<class Field>(Field& field) {
    if constexpr (std::integral<Field>) {
      if (std::same_as<Field, bool> ? value > 1 : value == 0 && !zero) return;
      const Field before = std::exchange(field, static_cast<Field>(value));
      if (!any && W::describe(changed) == wanted) {
        found = changed;
        any = true;
      }
      field = before;
    }
  });
  if (!any)
    throw std::invalid_argument{
        fmt::format("--set {}={}: this parameter cannot be set so", key, value)};
  return found;
}

}  // namespace sweeping

// W's sizes with each parameter that the settings give values for at all of those.
template <class W>
[[gnu::cold]] std::vector<typename W::input> swept(std::vector<typename W::input> sizes,
                                                   const settings& s) {
  for (const auto& [key, values] : s.sweeps) {
    const auto has_key = [&](const auto& in) {
      const auto shown = W::describe(in);
      return std::ranges::find(shown, key, &params::value_type::first) != shown.end();
    };
    if (!std::ranges::all_of(sizes, has_key)) continue;
    const bool zero = std::ranges::any_of(sizes, [&](const auto& in) {
      const auto shown = W::describe(in);
      return std::ranges::find(shown, params::value_type{key, "0"}) != shown.end();
    });
    std::vector<typename W::input> out;
    std::vector<params> seen;
    for (const auto& in : sizes)
      for (const long value : values) {
        auto made = sweeping::with<W>(in, key, value, zero);
        if (std::ranges::find(seen, W::describe(made)) != seen.end()) continue;
        seen.push_back(W::describe(made));
        out.push_back(std::move(made));
      }
    sizes = std::move(out);
  }
  return sizes;
}

// The parameters in W's rows.
template <class W>
[[gnu::cold]] std::vector<std::string> parameters_of() {
  std::vector<std::string> names;
  for (const auto& [key, value] : W::describe(sizes_of<W>(profile::smallest, settings{}).front()))
    names.push_back(key);
  return names;
}

}  // namespace bench
