#include "bench/command/sample/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/command/common/duration.hpp"
#include "bench/measure/clock.hpp"

namespace command {
namespace {

constexpr std::int64_t bar_interval_ns = 100'000'000, line_interval_ns = 30'000'000'000;

std::size_t columns() {
  winsize size{};
  return ::ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

progress::progress(const std::vector<planned>& plan, std::size_t cells, bool quiet)
    : planned_{plan.size()},
      cells_(cells),
      drawn_ns_{bench::now_ns()},
      quiet_{quiet},
      terminal_{::isatty(2) == 1} {
  for (const auto& p : plan) ++cells_[p.cell].left;
}

progress::~progress() { clear_bar(); }

void progress::skip(const planned& done) {
  ++done_;
  if (cells_[done.cell].left > 0) --cells_[done.cell].left;
}

void progress::begin(const planned&, const std::string& name) {
  current_ = name;
  begun_ns_ = bench::now_ns();
  running_ = true;
  draw();
}

void progress::end(const planned& done, double seconds, bool invalid) {
  auto& cell = cells_[done.cell];
  cell.seconds += seconds;
  ++cell.samples;
  if (cell.left > 0) --cell.left;
  busy_s_ += seconds;
  ++done_;
  invalid_ += invalid ? 1 : 0;
  running_ = false;
  draw();
}

// A cell that has been seen takes as long as it did; another as long as the average.
double progress::seconds_left() const {
  if (time_left_s_) return std::max(*time_left_s_, 0.0);
  double seen_s = 0, samples = 0;
  for (const auto& c : cells_) {
    if (c.samples == 0) continue;
    seen_s += c.seconds / c.samples;
    ++samples;
  }
  const double average = samples > 0 ? seen_s / samples : 0;
  double left = 0;
  for (const auto& c : cells_) left += c.left * (c.samples > 0 ? c.seconds / c.samples : average);
  if (running_) left -= 1e-9 * static_cast<double>(bench::now_ns() - begun_ns_);
  return std::max(left, 0.0);
}

void progress::draw() {
  const auto now = bench::now_ns();
  if (quiet_ || now - drawn_ns_ < (terminal_ ? bar_interval_ns : line_interval_ns)) return;
  drawn_ns_ = now;
  const auto left = busy_s_ > 0 ? shown_duration(seconds_left()) + " left" : std::string{"..."};
  const auto bad = invalid_ == 0 ? "" : fmt::format(", {} invalid", invalid_);
  if (!terminal_) {
    fmt::print(stderr, "{} of {} samples{}, {}\n", done_, planned_, bad, left);
    return;
  }
  constexpr std::size_t cells = 24;
  const auto full = planned_ == 0 ? cells : std::min(done_, planned_) * cells / planned_;
  auto line = fmt::format("[{:=<{}}{: <{}}] {}/{}{}, {}  {}", "", full, "", cells - full, done_,
                          planned_, bad, left, current_);
  if (line.size() >= columns()) line.resize(columns() - 1);
  fmt::print(stderr, "\r\x1b[K{}", line);
  std::fflush(stderr);
  bar_ = true;
}

void progress::time_left(double seconds) {
  time_left_s_ = seconds;
  // Reruns and what a budget adds are more than was planned.
  planned_ = std::max(planned_, done_ + 1);
}

void progress::clear_bar() {
  if (bar_) fmt::print(stderr, "\r\x1b[K");
  bar_ = false;
}

void progress::say(const std::string& line) {
  clear_bar();
  fmt::print(stderr, "{}\n", line);
}

}  // namespace command
