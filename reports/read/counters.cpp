#include "reports/read/counters.hpp"

#include <mutex>
#include <string>
#include <unordered_set>

namespace reports {
namespace {

std::string_view kept(std::string_view name) {
  thread_local std::unordered_set<std::string_view> known;
  if (auto found = known.find(name); found != known.end()) return *found;
  static std::mutex guard;
  static std::unordered_set<std::string> names;
  std::lock_guard lock(guard);
  return *known.emplace(*names.emplace(name).first).first;
}

}  // namespace

const double* counter_list::find(std::string_view name) const {
  for (const counter& each : all_)
    if (each.first == name) return &each.second;
  return nullptr;
}

double& counter_list::operator[](std::string_view name) {
  if (const double* found = find(name)) return const_cast<double&>(*found);
  return all_.emplace_back(kept(name), 0).second;
}

}  // namespace reports
