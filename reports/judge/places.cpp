#include "reports/judge/places.hpp"

#include <map>

#include "reports/base/words.hpp"

namespace reports {
namespace {

std::map<std::string, std::string> values_in(const group& of) {
  std::map<std::string, std::string> out(of.params.begin(), of.params.end());
  out.emplace("workers", std::to_string(of.workers));
  return out;
}

template <class Wanted>
std::string titled(const group& of, const Wanted& wanted) {
  std::string out;
  auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  for (const auto& [key, value] : of.params)
    if (wanted(key)) add(key + " " + with_separators(value));
  if (of.workers > 0 && wanted("workers"))
    add(counted(static_cast<std::size_t>(of.workers), "worker"));
  return out;
}

}  // namespace

std::set<std::string> differing(const std::vector<const ranking*>& over) {
  std::set<std::string> out;
  if (over.empty()) return out;
  const auto first = values_in(*over.front()->of);
  for (const ranking* each : over) {
    const auto here = values_in(*each->of);
    for (const auto* side : {&first, &here})
      for (const auto& [key, value] : *side) {
        const auto a = first.find(key), b = here.find(key);
        if (a == first.end() || b == here.end() || a->second != b->second) out.insert(key);
      }
  }
  return out;
}

std::string place_title(const group& of) {
  const std::string out = titled(of, [](const std::string&) { return true; });
  return out.empty() ? "all" : out;
}

std::string place_title(const group& of, const std::set<std::string>& only) {
  const std::string out = titled(of, [&](const std::string& key) { return only.contains(key); });
  return out.empty() ? "all" : out;
}

std::string shared_place(const std::vector<const ranking*>& over) {
  if (over.empty()) return {};
  const auto differ = differing(over);
  return titled(*over.front()->of, [&](const std::string& key) { return !differ.contains(key); });
}

}  // namespace reports
