#include "reports/judge/crossover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "reports/base/words.hpp"

namespace reports {
namespace {

std::optional<double> as_number(const std::string& text) {
  double out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || !(out > 0)) return {};
  return out;
}

// One pair's ratio at one x, as logarithms.
struct reading {
  double x, value, low, high;
  bool ranged, leads;
  int sign() const { return !ranged || (low <= 0 && high >= 0) ? 0 : value > 0 ? 1 : -1; }
};

std::vector<reading> readings(const series& along, const std::string& a, const std::string& b) {
  std::vector<reading> out;
  for (const auto& [x, at] : along.points) {
    const auto *of_a = at->find(a), *of_b = at->find(b);
    if (!of_a || !of_b) continue;
    estimate ratio = ratio_of(*of_a->of, *of_b->of);
    if (!(ratio.value > 0)) continue;
    reading one;
    one.x = std::log(x);
    one.value = std::log(ratio.value);
    one.ranged = ratio.range.has_value();
    one.low = ratio.range ? std::log(ratio.range->low) : one.value;
    one.high = ratio.range ? std::log(ratio.range->high) : one.value;
    one.leads = at->leads(a) || at->leads(b);
    out.push_back(one);
  }
  return out;
}

// Where a line of straight pieces through `end` passes zero first, from `from` to `to`.
template <class End>
double zero_of(const std::vector<reading>& all, std::size_t from, std::size_t to, End end) {
  for (std::size_t i = from; i < to; ++i) {
    double here = end(all[i]), there = end(all[i + 1]);
    if ((here > 0) == (there > 0)) continue;
    return all[i].x + (all[i + 1].x - all[i].x) * here / (here - there);
  }
  return all[to].x;
}

void find_crossovers(const series& along, const std::string& a, const std::string& b,
                     std::vector<crossover>& out) {
  std::vector<reading> all = readings(along, a, b);
  // From one point where the two are told apart to the next where they are, the other way round.
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].sign() == 0) continue;
    if (last && all[*last].sign() != all[i].sign()) {
      bool a_overtakes = all[i].sign() < 0;  // a's time falls below b's
      crossover made;
      made.along = &along;
      made.over = a_overtakes ? a : b;
      made.under = a_overtakes ? b : a;
      made.leads = all[*last].leads && all[i].leads;
      made.x = std::exp(zero_of(all, *last, i, [](auto& each) { return each.value; }));
      double one = std::exp(zero_of(all, *last, i, [](auto& each) { return each.low; }));
      double other = std::exp(zero_of(all, *last, i, [](auto& each) { return each.high; }));
      made.range = {std::min({one, other, made.x}), std::max({one, other, made.x})};
      made.measured_below = std::exp(all[*last].x);
      made.measured_above = std::exp(all[i].x);
      out.push_back(std::move(made));
    }
    last = i;
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if ((all[i].ranged && all[i + 1].ranged) || (all[i].value > 0) == (all[i + 1].value > 0))
      continue;
    bool a_overtakes = all[i + 1].value < 0;
    crossover made;
    made.along = &along;
    made.over = a_overtakes ? a : b;
    made.under = a_overtakes ? b : a;
    made.leads = all[i].leads && all[i + 1].leads;
    made.measured_below = std::exp(all[i].x);
    made.measured_above = std::exp(all[i + 1].x);
    made.thin = true;
    out.push_back(std::move(made));
  }
}

std::string at_place(double x) { return number_text(x); }

}  // namespace

std::vector<series> series_of(const std::vector<ranking>& from) {
  std::vector<series> out;
  std::map<std::string, std::size_t> places;
  auto add = [&](const ranking& at, const std::string& axis, double x, std::string held) {
    std::string key = at.of->workload + '\n' + axis + '\n' + held;
    auto [found, fresh] = places.emplace(key, out.size());
    if (fresh) out.push_back({at.of->workload, axis, std::move(held), {}});
    out[found->second].points.push_back({x, &at});
  };
  for (const ranking& each : from) {
    if (each.places.empty()) continue;
    const parameters& params = each.of->params;
    std::string workers =
        each.of->workers > 0 ? fmt::format("workers:{}", each.of->workers) : std::string{};
    for (std::size_t i = 0; i < params.size(); ++i) {
      auto x = as_number(params[i].second);
      if (!x) continue;
      parameters others = params;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      std::string held = to_string(others);
      if (!workers.empty()) held += (held.empty() ? "" : " ") + workers;
      add(each, params[i].first, *x, held);
    }
    if (each.of->workers > 0) add(each, "workers", each.of->workers, to_string(params));
  }
  std::erase_if(out, [](series& each) {
    std::ranges::stable_sort(each.points, {}, &series::point::x);
    return each.points.size() < 2 || each.points.front().x == each.points.back().x;
  });
  return out;
}

std::vector<crossover> crossovers(const std::vector<series>& from) {
  std::vector<crossover> out;
  for (const series& along : from) {
    std::set<std::string> models;
    for (const auto& point : along.points)
      for (const auto& place : point.at->places) models.insert(place.of->model);
    for (auto a = models.begin(); a != models.end(); ++a)
      for (auto b = std::next(a); b != models.end(); ++b) find_crossovers(along, *a, *b, out);
  }
  return out;
}

std::string crossover::words() const {
  std::string where = along->workload + (along->held.empty() ? "" : ", " + along->held);
  std::string measured =
      fmt::format("measured at {} and {}", at_place(measured_below), at_place(measured_above));
  if (thin)
    return fmt::format(
        "{}: {} seems to overtake {} between {} and {} {}, but the data are too thin to say", where,
        over, under, at_place(measured_below), at_place(measured_above), along->axis);
  return fmt::format("{}: {} overtakes {} above {} {} ({} to {}; {})", where, over, under,
                     at_place(x), along->axis, at_place(range.low), at_place(range.high), measured);
}

}  // namespace reports
