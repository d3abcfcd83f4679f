#pragma once

#include <coroutine>
#include <string>

#include "bench/workload.hpp"

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

// Why M does not run W: the abilities that W's body asks for and M has not.
template <class W, class M>
std::string why_not() {
  std::string reason;
  const auto unless = [&]<bool abilities::*Missing>(const char* text) {
    if (!(M::can.*Missing) && !runs<W, lacking<Missing, awaits<M>>>)
      reason.append(reason.empty() ? "" : "; ").append(text);
  };
  unless.template operator()<&abilities::nests>("a task cannot start tasks of its own");
  unless.template operator()<&abilities::waits>("a task cannot wait without holding its worker");
  unless.template operator()<&abilities::locks>("tasks have no lock in common");
  unless.template operator()<&abilities::does_io>("a task cannot do I/O");
  unless.template operator()<&abilities::supervises>("a task cannot watch tasks one by one");
  unless.template operator()<&abilities::cancels>("a task that waits cannot be told to stop");
  unless.template operator()<&abilities::generates>("a task cannot stop halfway");
  unless.template operator()<&abilities::offloads>("a task has nobody to hand a blocking call to");
  unless.template operator()<&abilities::maps>("has no pool with a map");
  unless.template operator()<&abilities::pools>("has no workers that wait for single calls");
  return reason.empty() ? "has no body for this model" : reason;
}

}  // namespace bench
