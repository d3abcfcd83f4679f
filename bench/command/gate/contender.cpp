#include "bench/command/gate/contender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/command/sample/run_context.hpp"

namespace command {
namespace {

std::map<std::string, std::string> facts_of(const contender& one) {
  return one.context.at("fingerprint").at("facts").get<std::map<std::string, std::string>>();
}

std::map<std::string, std::size_t> runnable(const catalogue& all) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < all.cells.size(); ++i)
    if (all.cells[i].absent.empty()) out.emplace(all.cells[i].name, i);
  return out;
}

}  // namespace

contender make_contender(std::string label, const selection& wanted, double min_time_s,
                         bool lenient, interrupts& interrupts) {
  contender out{std::move(label), wanted, {}, {}};
  out.wanted.lenient = lenient;
  out.all = read_catalogue(out.wanted, interrupts);
  out.context = context_of({.wanted = out.wanted}, out.all, min_time_s);
  out.context.erase("run");  // what --resume of `contend run` goes by
  return out;
}

std::vector<common_cell> common_cells(const contender& base, const contender& head) {
  std::vector<common_cell> out;
  const auto in_base = runnable(base.all);
  for (std::size_t i = 0; i < head.all.cells.size(); ++i) {
    const auto& cell = head.all.cells[i];
    if (!cell.absent.empty()) continue;
    if (const auto found = in_base.find(cell.name); found != in_base.end())
      out.push_back({found->second, i, cell.name});
  }
  return out;
}

std::vector<std::string> lone_cells(const contender& base, const contender& head) {
  std::vector<std::string> out;
  const auto in_base = runnable(base.all), in_head = runnable(head.all);
  for (const auto& [name, at] : in_base)
    if (!in_head.contains(name)) out.push_back(name + " is only in BASE");
  for (const auto& [name, at] : in_head)
    if (!in_base.contains(name)) out.push_back(name + " is only in HEAD");
  return out;
}

differences differences_of(const contender& base, const contender& head,
                           const std::vector<std::string>& chosen) {
  differences out;
  auto in_base = facts_of(base), in_head = facts_of(head);
  std::set<std::string> keys;
  for (const auto* facts : {&in_base, &in_head})
    for (const auto& [key, value] : *facts) keys.insert(key);
  for (const auto& key : keys) {
    const auto of_base = in_base.find(key), of_head = in_head.find(key);
    const bool lone = of_base == in_base.end() || of_head == in_head.end();
    if (!lone && of_base->second == of_head->second) continue;
    const auto text = fmt::format("{}: {} in BASE, {} in HEAD", key,
                                  of_base == in_base.end() ? "nothing" : of_base->second,
                                  of_head == in_head.end() ? "nothing" : of_head->second);
    const bool setting = key.starts_with("set.");
    const bool wanted = setting && std::ranges::find(chosen, key.substr(4)) != chosen.end();
    (wanted || (setting && lone) ? out.allowed : out.forbidding).push_back(text);
  }
  return out;
}

}  // namespace command
