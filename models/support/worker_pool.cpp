#include "models/support/worker_pool.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "models/support/life_line.hpp"

namespace models::support {
namespace {

// Before a join says how many tasks there are: one that a worker runs, and the next one.
constexpr std::uint32_t prefetch = 2;

// While tasks are only being spawned, results are looked for once in so many spawns: each look is a
// cache miss per busy worker.
constexpr std::size_t spawns_per_look = 16;

int processors() {
  cpu_set_t mine;
  return ::sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : 1;
}

}  // namespace

worker_pool::worker_pool(shared_arena& arena, const bench::settings& s, void* model)
    : model_{model},
      parent_{::getpid()},
      chunk_{s.chunk},
      memory_{arena.buffer<std::byte>(sizeof(pool_state) +
                                      static_cast<std::size_t>(s.workers) * sizeof(worker_link))},
      state_{*new (memory_.data()) pool_state},
      links_{reinterpret_cast<worker_link*>(memory_.data() + sizeof(pool_state))} {
  static_assert(sizeof(pool_state) % alignof(worker_link) == 0);
  state_.processors = processors();
  state_.spin = s.spin;
  state_.awake_set = pool_state::bit(pool_state::parent_bit);
  for (int i = 0; i < s.workers; ++i)
    workers_
        .emplace_back(std::make_unique<member>(state_, links_[i],
                                               static_cast<unsigned>(i) % pool_state::parent_bit))
        ->process.start(model_);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->process.await_start();
    watched_.push_back(&links_[i].life);
  }
}

bool worker_pool::here() const { return ::getpid() == parent_; }

std::uint32_t worker_pool::chunk() const {
  const auto share = (backlog_.size() + 4 * workers_.size() - 1) / (4 * workers_.size());
  const auto wanted = chunk_ > 0 ? static_cast<std::size_t>(chunk_) : share;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(wanted, 1, worker_link::ring_size / 2));
}

void worker_pool::submit(const pool_task& task, task_backlog::code run, const void* arguments) {
  ++task.group->open_;
  std::size_t best = workers_.size();
  std::uint32_t least = prefetch;
  if (backlog_.empty())
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (const auto n = workers_[i]->outstanding(links_[i]);
          n < least && workers_[i]->process.running()) {
        best = i;
        least = n;
      }
  if (best == workers_.size()) {
    backlog_.push(task, run, arguments);
    if (backlog_.size() % spawns_per_look == 0) pump();
    return;
  }
  auto& ring = links_[best].ring;
  workers_[best]->tasks[ring.given() % worker_link::ring_size] = task;
  auto& message = ring[ring.given()];
  message.run = run;
  std::memcpy(message.bytes, arguments, task.argument_bytes);
  ring.give();
  workers_[best]->process.notify();
}

void worker_pool::feed(std::size_t i) {
  auto& w = *workers_[i];
  auto& ring = links_[i].ring;
  if (!w.process.running()) return;
  const auto most = chunk();
  if (w.outstanding(links_[i]) > most || backlog_.empty()) return;
  const auto n = std::min<std::size_t>(most, backlog_.size());
  for (std::size_t k = 0; k < n; ++k) {
    w.tasks[ring.given() % worker_link::ring_size] = backlog_.pop(ring[ring.given()]);
    ring.give();
  }
  w.process.notify();
}

void worker_pool::collect(std::size_t i) {
  auto& w = *workers_[i];
  const auto finished = links_[i].ring.finished();
  for (; w.collected != finished; ++w.collected)
    finish(w.tasks[w.collected % worker_link::ring_size], links_[i].ring[w.collected]);
}

void worker_pool::pump() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i]->process.died()) replace(i);
    collect(i);
    feed(i);
  }
}

void worker_pool::finish(const pool_task& task, const task_message& message) {
  auto& group = *task.group;
  if (message.how == task_message::outcome::done) {
    if (task.result_bytes != 0) std::memcpy(task.slot, message.bytes, task.result_bytes);
  } else {
    try {
      std::launder(reinterpret_cast<const remote_failure*>(message.bytes))->rethrow();
    } catch (...) {
      group.failure_.capture();
    }
  }
  --group.open_;
}

void worker_pool::fail(const pool_task& task, const std::string& why) {
  try {
    throw process_died{why};
  } catch (...) {
    task.group->failure_.capture();
  }
  --task.group->open_;
}

void worker_pool::join(pool_group& group) {
  if (!group.finished() && watched_.size() != workers_.size()) restart_missing();
  while (!group.finished()) {
    pump();
    if (!group.finished()) sleep(group);
  }
}

std::uint32_t worker_pool::wanted(std::size_t i, const pool_group& group) const {
  const auto& w = *workers_[i];
  const auto given = links_[i].ring.given();
  // With more to hand out: as soon as it is down to one chunk. Else: once the group's last is back.
  if (!w.process.running()) return given + 1;
  if (!backlog_.empty()) return given - std::min(chunk(), w.outstanding(links_[i]) - 1);
  for (auto cursor = given; cursor != w.collected; --cursor)
    if (w.tasks[(cursor - 1) % worker_link::ring_size].group == &group) return cursor;
  return given + 1;  // it has none of them: not at all
}

void worker_pool::sleep(const pool_group& group) {
  for (std::size_t i = 0; i < workers_.size(); ++i) links_[i].ring.want(wanted(i, group));
  const auto ready = [this] {
    return std::any_of(links_, links_ + workers_.size(),
                       [](const worker_link& link) { return link.ring.wanted_by_giver(); });
  };
  if (state_.look_for(ready)) return;
  constexpr auto mine = pool_state::bit(pool_state::parent_bit);
  state_.awake_set.fetch_and(~mine, std::memory_order_relaxed);
  state_.parent.store(pool_state::asleep, std::memory_order_relaxed);
  // Pairs with the fence of a worker that has finished a task.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!ready()) futex_wait_or_death(state_.parent, pool_state::asleep, watched_);
  state_.parent.store(pool_state::awake, std::memory_order_relaxed);
  state_.awake_set.fetch_or(mine, std::memory_order_relaxed);
}

void worker_pool::replace(std::size_t i) {
  auto& w = *workers_[i];
  auto& ring = links_[i].ring;
  collect(i);
  const auto end = w.process.bury();
  if (ring.started() != ring.finished())
    fail(w.tasks[w.collected++ % worker_link::ring_size], end + " while it ran this task");
  for (auto cursor = ring.given(); cursor != w.collected; --cursor)
    backlog_.push_front(w.tasks[(cursor - 1) % worker_link::ring_size], ring[cursor - 1]);
  restart_missing();
}

void worker_pool::restart_missing() {
  std::string why;
  watched_.clear();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto& w = *workers_[i];
    try {
      if (!w.process.running()) {
        w.collected = 0;  // `start` begins with an empty ring, even where it then fails
        w.process.start(model_);
        w.process.await_start();
      }
      watched_.push_back(&links_[i].life);
    } catch (const std::exception& e) {
      why = e.what();
    }
  }
  if (!watched_.empty()) return;
  for (task_message message; !backlog_.empty();)
    fail(backlog_.pop(message), "no worker is left, and none can be started: " + why);
}

}  // namespace models::support
