#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/contract/memory.hpp"
#include "bench/contract/model.hpp"

namespace bench {

// How much work: `smallest` is what the tests run, the others are what people measure.
enum class profile { smallest, quick, standard, thorough };

// A size as it stands in a row's name and in the results: {{"leaves", "10000"}}, in a fixed order.
using params = std::vector<std::pair<std::string, std::string>>;

// What `floor` gets in place of a model: memory and nothing else.
struct no_model : heap {};

// W's sizes for a profile. `W::sizes` may ask for the settings too, where W's own knobs stand.
template <class W>
std::vector<typename W::input> sizes_of(profile p, const settings& s) {
  if constexpr (requires { W::sizes(p, s); }) {
    return W::sizes(p, s);
  } else {
    return W::sizes(p);
  }
}

// A workload, written once per colour; the file `workloads/<family>/<name>.hpp` holds
// `workloads::<name>`. The whole contract stands in docs/adding-a-workload.md.
template <class W>
concept workload = requires(profile p, const settings& s, const typename W::input& in) {
  { W::about } -> std::convertible_to<std::string_view>;
  { sizes_of<W>(p, s) } -> std::same_as<std::vector<typename W::input>>;
  { W::describe(in) } -> std::same_as<params>;
  { W::demand(in) } -> std::same_as<demand>;
  {W::expected(in)};  // by an independent, obvious implementation
  typename W::direct;
  typename W::coroutine;
};

// Some workloads need things built before the clock starts, by the model that will run them:
//   template <class M> struct setup { setup(M&, const input&); ... };
// `run` then takes `(M&, setup<M>&)` in place of `(M&, const input&)`. Optional members:
// `reset()`, before each run; `answer(result)`, after each run, turns what `run` returned into what
// `expected` is compared with; `latencies()`, `counters()` and `note()`, after that, are what
// stands in the row beside the time. All are outside the clock.
template <class W, class M>
concept needs_setup = requires {
  typename W::template setup<M>;
};

// The body of W in the colour of M.
template <class W, class M>
struct body_of {
  using type = typename W::direct;
};
template <class W, awaits M>
struct body_of<W, M> {
  using type = typename W::coroutine;
};

// A workload's `run` in the colour of M, where W asks for no more than M can do.
template <class W, class M>
concept runs = requires {
  &body_of<W, M>::type::template run<M>;
};

}  // namespace bench
