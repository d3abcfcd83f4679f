#pragma once

#include <fmt/format.h>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "bench/clock.hpp"
#include "bench/lacking.hpp"
#include "bench/registry.hpp"
#include "bench/slowdown.hpp"
#include "bench/sweep.hpp"

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
    if (ran != asked) return fmt::format("ran {} of {} tasks", ran, asked);
  }
  if (answer == expected) return {};
  return fmt::format("wrong answer: {}, expected {}", to_text(answer), to_text(expected));
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

// What `expected` says of one input, worked out once however often a cell is started.
template <class W>
class expectation {
 public:
  using answer = decltype(W::expected(std::declval<const typename W::input&>()));
  explicit expectation(const typename W::input& in) : in_{in} {}
  const answer& get() {
    if (!answer_) answer_.emplace(W::expected(in_));
    return *answer_;
  }

 private:
  typename W::input in_;
  std::optional<answer> answer_;
};

template <class W, class M>
class modelled final : public program {
 public:
  modelled(const typename W::input& in, const typename expectation<W>::answer& expected,
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
  typename expectation<W>::answer expected_;
  double slowdown_;
  M m_;
  typename state_of<W, M>::type state_;
};

template <class W>
class floored final : public program {
 public:
  floored(const typename W::input& in, const typename expectation<W>::answer& expected,
          const settings& s, double slowdown)
      : in_{in}, expected_{expected}, slowdown_{slowdown}, state_{make_state<W>(m_, in_, s)} {}

  outcome run() override {
    return timed<W>(in_, state_, expected_, slowdown_, [](auto& state) { return W::floor(state); });
  }

 private:
  typename W::input in_;
  typename expectation<W>::answer expected_;
  double slowdown_;
  no_model m_;
  typename state_of<W, no_model>::type state_;
};

template <class W, class M>
inline constexpr bool has_floor = requires(typename state_of<W, M>::type& state) {
  W::floor(state);
};

template <class Program, class W>
void fill(cell& c, const typename W::input& in, const settings& s) {
  c.slowdown = parse_slowdown(s.slowdown).of(c.name());
  const auto starter = [&s, &c](const typename W::input& size) {
    return [size, s, slowdown = c.slowdown, expected = std::make_shared<expectation<W>>(size)] {
      return std::make_unique<Program>(size, expected->get(), s, slowdown);
    };
  };
  c.start = starter(in);
  c.start_smallest = starter(sizes_of<W>(profile::smallest, s).front());
}

// A model whose tasks wait by the setting `engine`.
template <class M>
concept uses_engine = requires {
  typename M::io::uses_engine;
};

template <class W, class M>
cell cell_of(const std::string& name, const typename W::input& in, const demand& asked,
             const settings& s) {
  const bool parallel = M::name != std::string_view{"serial"};
  cell c{.workload = name,
         .model = std::string{M::name},
         .uses_engine = uses_engine<M>,
         .size = W::describe(in),
         .workers = parallel ? static_cast<std::size_t>(s.workers) : 1,
         .tasks = asked.tasks};
  if constexpr (runs<W, M>) {
    c.absent = M::cannot(asked, s);
    if (!c.absent) fill<modelled<W, M>, W>(c, in, s);
  } else {
    c.absent = why_not<W, M>();
  }
  return c;
}

// All cells of one workload: `floor` first, where it has one, then the models in their order.
template <class W, class... M>
std::vector<cell> cells_of(const std::string& name, profile p, const settings& s,
                           model_list<M...>) {
  std::vector<cell> cells;
  for (const auto& in : swept<W>(sizes_of<W>(p, s), s)) {
    const demand asked = W::demand(in);
    if constexpr (has_floor<W, no_model>) {
      cell c{.workload = name, .model = "floor", .size = W::describe(in), .tasks = asked.tasks};
      auto plain = s;
      plain.engine = "epoll";
      fill<floored<W>, W>(c, in, plain);
      cells.push_back(c);
      if constexpr (requires { W::io_uring_floor_missing(); }) {
        c.model = "floor@io_uring";
        c.absent = W::io_uring_floor_missing();
        fill<floored<W>, W>(c, in, s);
        if (s.engine == "io_uring") cells.push_back(std::move(c));
      }
    }
    (cells.push_back(cell_of<W, M>(name, in, asked, s)), ...);
  }
  return cells;
}

template <workload W, class Models>
struct registration {
  // `file` is the text of the workload's own file, for readers of the results.
  explicit registration(const char* name, std::string_view file = {}) {
    std::vector<knob> own;
    if constexpr (requires { W::knobs(); }) own = W::knobs();
    workloads().push_back({name, std::string{W::about}, std::move(own), file,
                           [](const std::string& n, profile p, const settings& s) {
                             return cells_of<W>(n, p, s, Models{});
                           },
                           &parameters_of<W>});
  }
};

}  // namespace bench
