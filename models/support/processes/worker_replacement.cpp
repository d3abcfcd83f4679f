// How a pool's workers that have died are replaced, while the others work on.

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>

#include "models/support/processes/worker_pool.hpp"

namespace models::support {
namespace {

// A worker is started anew where it ended before it served, so that a kill at that moment fails no
// task; but a program that cannot start shall not be started for ever.
constexpr int most_failed_starts = 5;

}  // namespace

void worker_pool::replace(std::size_t i) {
  auto& w = *workers_[i];
  auto& ring = links_[i].ring;
  collect(i);
  const auto end = w.process.bury();
  if (ring.started() != ring.finished()) {
    const auto& task = w.tasks[w.collected++ % worker_link::ring_size];
    fail<process_died>(task, fmt::format("{} while it ran {}", end, task.group->what(task)));
  }
  for (auto cursor = ring.given(); cursor != w.collected; --cursor)
    backlog_.push_front(w.tasks[(cursor - 1) % worker_link::ring_size], ring[cursor - 1]);
  start_missing();
}

bool worker_pool::admit(std::size_t i) {
  auto& w = *workers_[i];
  if (w.process.serving()) return true;
  try {
    if (!w.process.running() || !w.process.has_come()) return false;
    w.failed_starts = 0;
    return true;
  } catch (const process_died& e) {
    if (++w.failed_starts < most_failed_starts) {
      start_missing();
    } else {
      fail_without_workers(e.what());
    }
    return false;
  }
}

void worker_pool::start_missing() {
  std::string why;
  for (const auto& w : workers_) {
    if (w->process.running() || w->failed_starts == most_failed_starts) continue;
    w->collected = 0;  // `start` begins with an empty ring, even where it then fails
    w->items = 0;
    try {
      w->process.start(model_);
    } catch (const std::exception& e) {
      why = e.what();
    }
  }
  fail_without_workers(why);
}

bool worker_pool::nobody_is_there() const {
  return std::none_of(workers_.begin(), workers_.end(),
                      [](const auto& w) { return w->process.running(); });
}

void worker_pool::fail_without_workers(const std::string& why) {
  if (!nobody_is_there()) return;
  for (task_message message; !backlog_.empty();)
    fail<process_died>(backlog_.pop(message), "no worker is left, and none can be started: " + why);
}

void worker_pool::revive() {
  if (phase_ == phase::terminated) return;
  bool missing = false;
  for (const auto& w : workers_)
    if (!w->process.running()) {
      w->failed_starts = 0;
      missing = true;
    }
  if (missing) start_missing();
}

}  // namespace models::support
