#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "bench/contract/workload.hpp"

namespace bench {

// A model that exists for the compiler alone, to find out what a workload asks for: it can do all
// but what `Missing` takes away, in either colour.
template <bool abilities::*Missing, bool Awaits>
struct lacking : heap {
  static constexpr abilities all_but_one() {
    abilities able{.nests = true,
                   .waits = true,
                   .locks = true,
                   .does_io = true,
                   .supervises = true,
                   .cancels = true,
                   .generates = true,
                   .maps = true,
                   .pools = true,
                   .offloads = true};
    able.*Missing = false;
    return able;
  }
  static constexpr auto name = "lacking";
  static constexpr auto about = "";
  static constexpr abilities can = all_but_one();
  explicit lacking(const settings&);
  static std::optional<std::string> cannot(const demand&, const settings&);
  int group();
};

template <bool abilities::*Missing>
struct lacking<Missing, true> : lacking<Missing, false> {
  template <class T>
  struct task {
    struct promise_type;
  };
};

// What a model may lack, and what that means to a reader.
struct ability {
  bool abilities::*member;
  const char* without;
};
inline constexpr ability every_ability[] = {
    {&abilities::nests, "a task cannot start tasks of its own"},
    {&abilities::waits, "a task cannot wait without holding its worker"},
    {&abilities::locks, "tasks have no lock in common"},
    {&abilities::does_io, "a task cannot do I/O"},
    {&abilities::supervises, "a task cannot watch tasks one by one"},
    {&abilities::cancels, "a task that waits cannot be told to stop"},
    {&abilities::generates, "a task cannot stop halfway"},
    {&abilities::offloads, "a task has nobody to hand a blocking call to"},
    {&abilities::maps, "has no pool with a map"},
    {&abilities::pools, "has no workers that wait for single calls"},
};

// Whether W's body asks for that ability and M has it not.
template <class W, class M, bool abilities::*Ability>
consteval bool lacks() {
  if constexpr (M::can.*Ability) {
    return false;
  } else {
    return !runs<W, lacking<Ability, awaits<M>>>;
  }
}

// One line from what is lacked, in the order of `every_ability`.
std::string reason_of(const std::array<bool, std::size(every_ability)>& lacked);

// Why M does not run W: the abilities that W's body asks for and M has not.
template <class W, class M>
std::string why_not() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return reason_of({lacks<W, M, every_ability[I].member>()...});
  }
  (std::make_index_sequence<std::size(every_ability)>{});
}

}  // namespace bench
