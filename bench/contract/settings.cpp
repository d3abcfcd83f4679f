#include "bench/contract/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "bench/base/nearest.hpp"
#include "bench/contract/slowdown.hpp"

namespace bench {
namespace {

// Throws std::invalid_argument unless `text` is a whole number from `least` to `most`.
long whole(std::string_view key, std::string_view text, long least, long most) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    throw std::invalid_argument{
        fmt::format("--set {}={}: wants a whole number from {} to {}", key, text, least, most)};
  return value;
}

std::string one_of(std::string_view key, std::string_view text,
                   const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, text) == choices.end())
    throw std::invalid_argument{
        fmt::format("--set {}={}: wants one of {}", key, text, fmt::join(choices, ", "))};
  return std::string{text};
}

}  // namespace

std::vector<knob> knobs(const settings& s) {
  return {
      {"memory", s.memory == memory_policy::pooled ? "pooled" : "fresh",
       "frames and stacks of tasks: pooled (recycled) or fresh (new for each task)"},
      {"stack_bytes", std::to_string(s.stack_bytes), "bytes of a fiber's stack, guard page apart"},
      {"spin", std::to_string(s.spin),
       "looks for work (a pause each) before an idle worker sleeps; 0 with fewer CPUs than "
       "workers"},
      {"chunk", std::to_string(s.chunk),
       "items a process pool hands over at once; 0: ceil(n / 4 workers)"},
      {"max_tasks_per_child", std::to_string(s.max_tasks_per_child),
       "tasks that a pool's process runs before a fresh one takes its place; 0: as many as come"},
      {"start_method", s.start_method, "how pool processes start: fork, forkserver or spawn"},
      {"engine", s.engine,
       "how waiting for I/O is done: epoll, io_uring or libuv; a,b: side by side"},
      {"trigger", s.trigger, "how epoll reports what is ready: edge or level"},
      {"offload_threads", std::to_string(s.offload_threads),
       "threads for the blocking calls, of files among others, of tasks that share their workers"},
      {"offload_to", s.offload_to,
       "who makes offloaded calls: these threads, or a process (spawned) for each: processes"},
      {"slowdown", s.slowdown,
       "draws out every run of these cells on purpose, to try out a gate: cpu/hash:5%"},
  };
}

void set(settings& s, std::string_view key, std::string_view value,
         const std::vector<knob>& extra_keys, const std::vector<std::string>& parameters) {
  if (key == "memory") {
    s.memory = one_of(key, value, {"pooled", "fresh"}) == "pooled" ? memory_policy::pooled
                                                                   : memory_policy::fresh;
  } else if (key == "stack_bytes") {
    s.stack_bytes = static_cast<std::size_t>(whole(key, value, 8 * 1024, 1L << 30));
  } else if (key == "spin") {
    s.spin = static_cast<int>(whole(key, value, 0, 1'000'000));
  } else if (key == "chunk") {
    s.chunk = whole(key, value, 0, 1L << 40);
  } else if (key == "max_tasks_per_child") {
    s.max_tasks_per_child = whole(key, value, 0, 1'000'000'000);
  } else if (key == "start_method") {
    s.start_method = one_of(key, value, {"fork", "forkserver", "spawn"});
  } else if (key == "engine") {
    s.engine = one_of(key, value, {"epoll", "io_uring", "libuv"});
  } else if (key == "trigger") {
    s.trigger = one_of(key, value, {"edge", "level"});
  } else if (key == "offload_threads") {
    s.offload_threads = static_cast<int>(whole(key, value, 1, 1024));
  } else if (key == "offload_to") {
    s.offload_to = one_of(key, value, {"threads", "processes"});
  } else if (std::ranges::find(parameters, key) != parameters.end()) {
    auto& values = s.sweeps[std::string{key}];
    for (std::size_t from = 0; from <= value.size();) {
      const auto comma = std::min(value.find(',', from), value.size());
      values.push_back(whole(key, value.substr(from, comma - from), 0, 1'000'000'000));
      from = comma + 1;
    }
  } else if (key == "slowdown") {
    parse_slowdown(value);
    s.slowdown = value;
  } else {
    std::vector<std::string> known{parameters};
    for (const auto& k : knobs(s)) known.push_back(k.key);
    for (const auto& k : extra_keys) known.push_back(k.key);
    if (std::ranges::find_if(extra_keys, [&](const knob& k) { return k.key == key; }) ==
        extra_keys.end())
      throw std::invalid_argument{
          fmt::format("--set {}: no such setting; {}", key, did_you_mean(key, known))};
    s.extra[std::string{key}] = value;
  }
}

}  // namespace bench
