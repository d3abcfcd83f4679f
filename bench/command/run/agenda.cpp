#include "bench/command/run/agenda.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "reports/base/statistics.hpp"

namespace command {
namespace {

constexpr double wide_open = std::numeric_limits<double>::infinity();

bool is_baseline(const cell& c) { return c.model == "serial" || c.model == "floor"; }

// One cell of each family, by lot, baselines only where there is nothing else.
std::vector<std::size_t> draw_pairs(const std::vector<cell>& cells, std::uint64_t seed) {
  const auto order = shuffles{cells.size(), seed ^ 0x6161}.next();
  std::map<std::size_t, std::size_t> drawn;  // by binary
  for (const auto i : order) {
    const auto [at, fresh] = drawn.emplace(cells[i].binary, i);
    if (!fresh && is_baseline(cells[at->second]) && !is_baseline(cells[i])) at->second = i;
  }
  std::vector<std::size_t> pairs;
  for (const auto& [binary, cell] : drawn) pairs.push_back(cell);
  return pairs;
}

// The number of each cell's group. Baselines do not depend on the workers: they join the first
// group of their size, and the reports show them with all.
std::vector<std::size_t> group_of_each(const std::vector<cell>& cells) {
  std::map<std::tuple<std::string, std::string, int>, std::size_t> numbers;
  std::map<std::pair<std::string, std::string>, std::size_t> first;
  std::vector<std::size_t> groups(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& c = cells[i];
    if (is_baseline(c)) continue;
    groups[i] = numbers.emplace(std::tuple{c.workload, c.params.dump(), c.workers}, numbers.size())
                    .first->second;
    first.emplace(std::pair{c.workload, c.params.dump()}, groups[i]);
  }
  auto next = numbers.size();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!is_baseline(cells[i])) continue;
    const auto [at, fresh] =
        first.emplace(std::pair{cells[i].workload, cells[i].params.dump()}, next);
    if (fresh) ++next;
    groups[i] = at->second;
  }
  return groups;
}

}  // namespace

agenda::agenda(const std::vector<cell>& cells, const amount& how_much, std::uint64_t seed)
    : how_much_{how_much},
      pairs_{draw_pairs(cells, seed)},
      histories_(cells.size()),
      orders_{cells.size() + pairs_.size(), seed} {
  const auto groups = group_of_each(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) slots_.push_back({i, groups[i], false});
  for (const auto i : pairs_) slots_.push_back({i, groups[i], true});
  if (!groups.empty()) groups_.resize(*std::ranges::max_element(groups) + 1);
}

// As the reports reckon: without the disturbed samples where enough others remain.
double agenda::half_width(std::size_t group) const {
  double widest = 0;
  for (const auto& slot : slots_) {
    const auto& h = histories_[slot.cell];
    if (slot.group != group || slot.again || h.invalid) continue;
    auto times = h.quiet;
    if (times.size() < reports::fewest_for_interval)
      times.insert(times.end(), h.disturbed.begin(), h.disturbed.end());
    const auto found = reports::median_estimate(times);
    if (!found.range) return wide_open;
    widest = std::max(widest, (found.range->high - found.range->low) / 2 / found.value);
  }
  return widest;
}

double agenda::seconds_of_cell(std::size_t cell) const {
  const auto& h = histories_[cell];
  return h.samples > 0 ? h.seconds / h.samples : 0;
}

double agenda::seconds_of(std::size_t group) const {
  double sum = 0;
  for (const auto& slot : slots_)
    if (slot.group == group && !histories_[slot.cell].invalid) sum += seconds_of_cell(slot.cell);
  return sum;
}

bool agenda::has_valid(std::size_t group) const {
  return std::ranges::any_of(slots_, [&](const slot& each) {
    return each.group == group && !histories_[each.cell].invalid;
  });
}

std::size_t agenda::groups() const {
  std::size_t count = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) count += has_valid(group);
  return count;
}

std::size_t agenda::precise_groups() const {
  std::size_t count = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group)
    count += has_valid(group) && precise(group);
  return count;
}

bool agenda::precise(std::size_t group) const {
  const auto& g = groups_[group];
  return g.narrow >= std::max(3, g.blocks / 4);
}

void agenda::judge_last_block() {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    auto& g = groups_[group];
    if (!std::exchange(g.in_last_block, false)) continue;
    g.half_width = half_width(group);
    ++g.blocks;
    g.narrow = g.half_width <= how_much_.precision ? g.narrow + 1 : 0;
  }
}

// The groups of the next block, as long as the time left has room for them: those that lack
// samples, cheapest first, then those that are not precise, widest first.
std::vector<bool> agenda::wanted_groups() const {
  if (!budgeted()) return std::vector<bool>(groups_.size(), block_ < how_much_.samples);
  std::vector<std::tuple<bool, double, std::size_t>> all;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (!has_valid(group)) continue;
    const bool lacks = groups_[group].blocks < how_much_.samples;
    if (lacks || !precise(group))
      all.emplace_back(!lacks, lacks ? seconds_of(group) : -groups_[group].half_width, group);
  }
  std::ranges::sort(all);
  std::vector<bool> wanted(groups_.size(), false);
  double room_s = seconds_left();
  for (const auto& [has_enough, rank, group] : all) {
    const double needs_s = seconds_of(group);
    if (needs_s > room_s) continue;
    room_s -= needs_s;
    wanted[group] = true;
  }
  return wanted;
}

void agenda::plan_block() {
  judge_last_block();
  const auto wanted = wanted_groups();
  const auto& order = orders_.next();
  for (const auto i : order) {
    const auto& slot = slots_[i];
    // Without a budget an invalid cell goes on, so that its file says how often it fails.
    if (!wanted[slot.group] || (budgeted() && histories_[slot.cell].invalid)) continue;
    queue_.push_back({slot.cell, block_, slot.again});
    groups_[slot.group].in_last_block = true;
  }
  ++block_;
}

// What was disturbed in the block that ends, where the samples that all must get leave the time.
void agenda::plan_reruns() {
  if (!budgeted()) return to_rerun_.clear();
  double needed_s = 0;
  for (const auto& slot : slots_)
    needed_s += seconds_of_cell(slot.cell) * std::max(0, how_much_.samples - block_);
  double room_s = seconds_left() - needed_s;
  for (auto each : to_rerun_) {
    const auto& h = histories_[each.cell];
    room_s -= h.seconds / std::max(1, h.samples);
    if (room_s < 0 || h.invalid) continue;
    each.rerun = true;
    queue_.push_back(each);
  }
  to_rerun_.clear();
}

std::optional<double> agenda::needed_s() const {
  double seen_s = 0, seen = 0;
  for (const auto& slot : slots_) {
    const double one_s = seconds_of_cell(slot.cell);
    seen_s += one_s;
    seen += one_s > 0;
  }
  const auto all = static_cast<double>(slots_.size());
  if (10 * seen < all) return std::nullopt;
  return seen_s / seen * all * how_much_.samples;
}

shortage agenda::lacks() const {
  shortage s;
  for (const auto& h : histories_) {
    s.unmeasured += h.samples == 0;
    s.short_of_samples += h.samples > 0 && !h.invalid && h.blocks < how_much_.samples;
  }
  return s;
}

std::optional<planned> agenda::next() {
  if (budgeted() && spent_s_ >= how_much_.budget_s) return std::nullopt;
  if (queue_.empty()) plan_reruns();
  if (queue_.empty()) plan_block();
  if (queue_.empty()) return std::nullopt;
  return queue_.front();
}

void agenda::done(const planned& which, const taken& result) {
  queue_.pop_front();
  spent_s_ += result.seconds + result.observing_s;
  auto& h = histories_[which.cell];
  h.seconds += result.seconds;
  ++h.samples;
  h.blocks += !which.again && !which.rerun;
  h.invalid |= result.invalid;
  if (result.disturbed && !which.rerun) to_rerun_.push_back(which);
  if (which.again || result.invalid) return;
  (result.disturbed ? h.disturbed : h.quiet).push_back(result.time_ns);
}

}  // namespace command
