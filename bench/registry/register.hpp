#pragma once

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "bench/measure/clock.hpp"
#include "bench/measure/draw_out.hpp"
#include "bench/registry/lacking.hpp"
#include "bench/registry/registry.hpp"

namespace bench {

template <class... M>
struct model_list {};

template <class A>
std::string to_text(const A& answer) {
  if constexpr (requires { answer.text(); }) {
    return answer.text();
  } else {
    return fmt::format("{}", answer);
  }
}

// Wrong, or short of tasks, or (empty) right.
template <class W, class A>
std::string judge(const typename W::input& in, const A& answer, const A& expected) {
  if constexpr (requires { W::completed(answer); }) {
    const long ran = W::completed(answer), asked = W::demand(in).tasks;
    if (ran != asked) return ran_only(ran, asked);
  }
  if (answer == expected) return {};
  return wrong_answer(to_text(answer), to_text(expected));
}

// Times one run and checks it. `state` is what `run` takes beside the model: the input or the
// set-up. This is the one place where the clock is read around a workload.
template <class W>
outcome timed(const typename W::input& in, auto& state, const auto& expected, double slowdown,
              auto&& run) {
  if constexpr (requires { state.reset(); }) state.reset();
  const auto start = now_ns();
  auto result = run(state);
  auto stop = now_ns();
  if (slowdown > 0) stop = draw_out(start, stop, slowdown);
  auto answer = [&] {
    if constexpr (requires { state.answer(result); }) {
      return state.answer(result);
    } else {
      return std::move(result);
    }
  }();
  outcome o{static_cast<double>(stop - start), judge<W>(in, answer, expected)};
  if constexpr (requires { state.latencies(); })
    o.latencies = std::make_shared<const histogram>(state.latencies());
  if constexpr (requires { state.counters(); }) o.counters = state.counters();
  if constexpr (requires { state.note(); }) o.note = state.note();
  return o;
}

template <class W, class M>
struct state_of {
  using type = const typename W::input;
};
template <class W, class M>
requires needs_setup<W, M>
struct state_of<W, M> {
  using type = typename W::template setup<M>;
};

template <class W, class M>
concept takes_settings =
    needs_setup<W, M> && std::constructible_from<typename W::template setup<M>, M&,
                                                 const typename W::input&, const settings&>;

// What a workload's `run` or `floor` takes: the input itself, or the set-up that is made from it.
template <class W, class M>
typename state_of<W, M>::type make_state(M& m, const typename W::input& in, const settings& s) {
  if constexpr (takes_settings<W, M>) {
    return typename W::template setup<M>(m, in, s);
  } else if constexpr (needs_setup<W, M>) {
    return typename W::template setup<M>(m, in);
  } else {
    return in;
  }
}

template <class W, class M>
class modelled final : public program {
 public:
  modelled(const typename W::input& in, const typename size_of<W>::answer& expected,
           const settings& s, double slowdown)
      : in_{in},
        expected_{expected},
        slowdown_{slowdown},
        m_{s},
        state_{make_state<W>(m_, in_, s)} {}

  outcome run() override {
    return timed<W>(in_, state_, expected_, slowdown_, [&](auto& state) {
      return m_.run(fn<&body_of<W, M>::type::template run<M>>, state);
    });
  }

 private:
  typename W::input in_;
  typename size_of<W>::answer expected_;
  double slowdown_;
  M m_;
  typename state_of<W, M>::type state_;
};

template <class W>
class floored final : public program {
 public:
  floored(const typename W::input& in, const typename size_of<W>::answer& expected,
          const settings& s, double slowdown)
      : in_{in}, expected_{expected}, slowdown_{slowdown}, state_{make_state<W>(m_, in_, s)} {}

  outcome run() override {
    return timed<W>(in_, state_, expected_, slowdown_, [](auto& state) { return W::floor(state); });
  }

 private:
  typename W::input in_;
  typename size_of<W>::answer expected_;
  double slowdown_;
  no_model m_;
  typename state_of<W, no_model>::type state_;
};

template <class W, class M>
inline constexpr bool has_floor = requires(typename state_of<W, M>::type& state) {
  W::floor(state);
};

template <class W, class Program>
std::unique_ptr<program> start(any_size& of, const settings& s, double slowdown) {
  auto& size = static_cast<size_of<W>&>(of);
  return std::make_unique<Program>(size.in, size.expected(), s, slowdown);
}

// A model whose tasks wait by the setting `engine`.
template <class M>
concept uses_engine = requires {
  typename M::io::uses_engine;
};

template <class W, class M>
constexpr column column_of() {
  column c{.model = M::name,
           .uses_engine = uses_engine<M>,
           .parallel = M::name != std::string_view{"serial"}};
  if constexpr (runs<W, M>) {
    c.absent = [](const demand& asked, const settings& s) { return M::cannot(asked, s); };
    c.start = &start<W, modelled<W, M>>;
  } else {
    c.absent = [](const demand&, const settings&) { return std::optional{why_not<W, M>()}; };
  }
  return c;
}

// `floor` first, where W has one, then the models in their order.
template <class W, class... M>
constexpr auto columns_of() {
  if constexpr (!has_floor<W, no_model>) {
    return std::array{column_of<W, M>()...};
  } else {
    constexpr column floor{.model = "floor", .engine = "epoll", .start = &start<W, floored<W>>};
    if constexpr (requires { W::io_uring_floor_missing(); }) {
      auto by_io_uring = floor;
      by_io_uring.model = "floor@io_uring";
      by_io_uring.engine = "io_uring";
      by_io_uring.absent = [](const demand&, const settings&) {
        return W::io_uring_floor_missing();
      };
      return std::array{floor, by_io_uring, column_of<W, M>()...};
    } else {
      return std::array{floor, column_of<W, M>()...};
    }
  }
}

template <class Models>
struct model_registration;
template <class... M>
struct model_registration<model_list<M...>> {
  model_registration() { (add(M::name, M::about), ...); }
};

template <workload W, class Models>
struct registration;
template <workload W, class... M>
struct registration<W, model_list<M...>> {
  static constexpr auto columns = columns_of<W, M...>();

  // `file` is the text of the workload's own file, for readers of the results.
  explicit registration(const char* name, std::string_view file = {}) {
    std::vector<knob> own;
    if constexpr (requires { W::knobs(); }) own = W::knobs();
    add({name, std::string{W::about}, std::move(own), file, columns, &all_sizes_of<W>});
  }
};

}  // namespace bench
