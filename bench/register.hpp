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

// What a cell's program is made of, one or many times over.
template <class W>
struct ingredients {
  typename W::input in;
  settings s;
  double slowdown;
  expectation<W> expected;
};

// What stands in a table of W: a model as far as W needs to know it, or the floor. A table and one
// loop over it, where templates for each model would compile the same steps once for each.
template <class W>
struct column {
  std::string_view model;
  bool uses_engine = false;
  bool parallel = false;
  // Null where nothing rules the cell out, or where it cannot be (then `start` is null).
  std::optional<std::string> (*absent)(const demand&, const settings&) = nullptr;
  std::unique_ptr<program> (*start)(ingredients<W>&) = nullptr;
};

template <class Program, class W>
std::unique_ptr<program> start(ingredients<W>& of) {
  return std::make_unique<Program>(of.in, of.expected.get(), of.s, of.slowdown);
}

// A model whose tasks wait by the setting `engine`.
template <class M>
concept uses_engine = requires {
  typename M::io::uses_engine;
};

template <class W, class M>
constexpr column<W> column_of() {
  column<W> c{.model = M::name,
              .uses_engine = uses_engine<M>,
              .parallel = M::name != std::string_view{"serial"}};
  if constexpr (runs<W, M>) {
    c.absent = [](const demand& asked, const settings& s) { return M::cannot(asked, s); };
    c.start = &start<modelled<W, M>, W>;
  } else {
    c.absent = [](const demand&, const settings&) { return std::optional{why_not<W, M>()}; };
  }
  return c;
}

template <class W>
[[gnu::cold]] cell cell_of(const std::string& name, const column<W>& in_table,
                           const typename W::input& in, const settings& s) {
  const demand asked = W::demand(in);
  cell c{.workload = name,
         .model = std::string{in_table.model},
         .uses_engine = in_table.uses_engine,
         .size = W::describe(in),
         .workers = in_table.parallel ? static_cast<std::size_t>(s.workers) : 1,
         .tasks = asked.tasks};
  if (in_table.absent != nullptr) c.absent = in_table.absent(asked, s);
  if (c.absent) return c;
  c.slowdown = parse_slowdown(s.slowdown).of(c.name());
  const auto starter = [&](const typename W::input& size) {
    return [start = in_table.start,
            of = std::make_shared<ingredients<W>>(size, s, c.slowdown, expectation<W>{size})] {
      return start(*of);
    };
  };
  c.start = starter(in);
  c.start_smallest = starter(sizes_of<W>(profile::smallest, s).front());
  return c;
}

// All cells of one workload: `floor` first, where it has one, then the models in their order.
template <class W, class... M>
[[gnu::cold]] std::vector<cell> cells_of(const std::string& name, profile p, const settings& s,
                                         model_list<M...>) {
  static constexpr std::array<column<W>, sizeof...(M)> models{column_of<W, M>()...};
  std::vector<cell> cells;
  for (const auto& in : swept<W>(sizes_of<W>(p, s), s)) {
    if constexpr (has_floor<W, no_model>) {
      column<W> floor{.model = "floor", .start = &start<floored<W>, W>};
      auto plain = s;
      plain.engine = "epoll";
      cells.push_back(cell_of<W>(name, floor, in, plain));
      if constexpr (requires { W::io_uring_floor_missing(); }) {
        floor.model = "floor@io_uring";
        floor.absent = [](const demand&, const settings&) { return W::io_uring_floor_missing(); };
        if (s.engine == "io_uring") cells.push_back(cell_of<W>(name, floor, in, s));
      }
    }
    for (const auto& model : models) cells.push_back(cell_of<W>(name, model, in, s));
  }
  return cells;
}

template <class Models>
struct model_registration;
template <class... M>
struct model_registration<model_list<M...>> {
  model_registration() { (models().push_back({std::string{M::name}, std::string{M::about}}), ...); }
};

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
