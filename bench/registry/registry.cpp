#include "bench/registry/registry.hpp"

#include <fmt/format.h>

#include <utility>

#include "bench/contract/slowdown.hpp"
#include "bench/registry/sweep.hpp"

namespace bench {
namespace {

cell cell_of(const std::string& workload, const column& in_table,
             const std::shared_ptr<any_size>& size, const std::shared_ptr<any_size>& smallest,
             const settings& s) {
  cell c{.workload = workload,
         .model = std::string{in_table.model},
         .uses_engine = in_table.uses_engine,
         .size = size->shown,
         .workers = in_table.parallel ? static_cast<std::size_t>(s.workers) : 1,
         .tasks = size->asked.tasks};
  if (in_table.absent != nullptr) c.absent = in_table.absent(size->asked, s);
  if (c.absent) return c;
  c.slowdown = parse_slowdown(s.slowdown).of(c.name());
  const auto own = std::make_shared<const settings>(s);
  const auto starter = [&](const std::shared_ptr<any_size>& of) {
    return [start = in_table.start, of, own, slowdown = c.slowdown] {
      return start(*of, *own, slowdown);
    };
  };
  c.start = starter(size);
  c.start_smallest = starter(smallest);
  return c;
}

}  // namespace

std::string ran_only(long ran, long asked) { return fmt::format("ran {} of {} tasks", ran, asked); }

std::string wrong_answer(std::string_view answer, std::string_view expected) {
  return fmt::format("wrong answer: {}, expected {}", answer, expected);
}

std::string cell::name() const {
  std::string text = workload + "/" + model;
  for (const auto& [key, value] : size) text += fmt::format("/{}:{}", key, value);
  return text + fmt::format("/workers:{}", workers);
}

std::vector<cell> workload_entry::cells(profile p, const settings& s) const {
  std::vector<cell> all;
  const auto smallest = sizes(profile::smallest, s).front();
  for (const auto& size : swept(sizes(p, s), s)) {
    for (const auto& in_table : columns) {
      const bool always = in_table.engine.empty() || in_table.engine == "epoll";
      if (!always && in_table.engine != s.engine) continue;
      auto own = s;
      if (!in_table.engine.empty()) own.engine = in_table.engine;
      all.push_back(cell_of(name, in_table, size, smallest, own));
    }
  }
  return all;
}

std::vector<std::string> workload_entry::parameters() const {
  std::vector<std::string> names;
  const auto smallest = sizes(profile::smallest, {}).front();
  for (const auto& [key, value] : smallest->shown) names.push_back(key);
  return names;
}

std::vector<workload_entry>& workloads() {
  static std::vector<workload_entry> all;
  return all;
}

std::vector<model_entry>& models() {
  static std::vector<model_entry> all;
  return all;
}

void add(workload_entry entry) { workloads().push_back(std::move(entry)); }

void add(std::string_view model, std::string_view about) {
  models().push_back({std::string{model}, std::string{about}});
}

}  // namespace bench
