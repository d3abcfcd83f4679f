#include "wire/units.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

namespace wire {
namespace {

double with_unit(const std::string& text, const std::map<std::string, double>& units,
                 const std::string& example) {
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const auto unit = units.find(text.substr(used));
  if (used == 0 || unit == units.end() || !(value >= 0 && value * unit->second <= 1e18))
    throw std::invalid_argument{text + ": wants a number and a unit, as in " + example};
  return value * unit->second;
}

}  // namespace

std::int64_t duration_ns(const std::string& text) {
  return std::llround(with_unit(
      text, {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}}, "20ms or 1.5s"));
}

std::uint64_t bytes(const std::string& text) {
  return static_cast<std::uint64_t>(std::llround(with_unit(text,
                                                           {{"", 1},
                                                            {"B", 1},
                                                            {"kB", 1e3},
                                                            {"KiB", 1024},
                                                            {"MB", 1e6},
                                                            {"MiB", 1024. * 1024},
                                                            {"GB", 1e9},
                                                            {"GiB", 1024. * 1024 * 1024}},
                                                           "64KiB or 1000")));
}

}  // namespace wire
