#include "models/support/processes/worker_pool.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "models/support/processes/life_line.hpp"

namespace models::support {
namespace {

// Before a join says how many tasks there are: one that a worker runs, and the next one.
constexpr std::uint32_t prefetch = 2;

// A worker gets no more messages at once than this, and only when it has no more than this left.
constexpr std::uint32_t most_at_once = worker_link::ring_size / 2;

// While tasks are only being spawned, results are looked for once in so many spawns: each look is a
// cache miss per busy worker.
constexpr std::size_t spawns_per_look = 16;

int processors() {
  cpu_set_t mine;
  return ::sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : 1;
}

}  // namespace

worker_pool::worker_pool(shared_arena& arena, const bench::settings& s, void* model,
                         program_entry entry)
    : model_{model},
      parent_{::getpid()},
      chunks_{s},
      most_tasks_{static_cast<std::uint32_t>(s.max_tasks_per_child)},
      memory_{arena.buffer<std::byte>(sizeof(pool_state) +
                                      static_cast<std::size_t>(s.workers) * sizeof(worker_link))},
      state_{*new (memory_.data()) pool_state},
      links_{reinterpret_cast<worker_link*>(memory_.data() + sizeof(pool_state))} {
  static_assert(sizeof(pool_state) % alignof(worker_link) == 0);
  state_.processors = processors();
  state_.spin = s.spin;
  state_.awake_set = pool_state::bit(pool_state::parent_bit);
  starter_.emplace(s.start_method, arena, &state_, entry);
  for (unsigned i = 0; i < static_cast<unsigned>(s.workers); ++i)
    workers_.emplace_back(std::make_unique<member>(state_, links_[i], i, *starter_))
        ->process.start(model_);
  for (const auto& w : workers_) w->process.await_start();
}

bool worker_pool::here() const { return ::getpid() == parent_; }

worker_pool::worker_pool(const entry_words& words)
    : model_{nullptr},
      parent_{0},
      chunks_{bench::settings{}},
      most_tasks_{0},
      state_{*reinterpret_cast<pool_state*>(words[1])},
      links_{reinterpret_cast<worker_link*>(words[1] + sizeof(pool_state))} {}

void worker_pool::serve(const entry_words& words, void* model) {
  const auto index = words[2] == process_starter::on_request ? fork_server::serve()
                                                             : static_cast<unsigned>(words[2]);
  worker_process{state_, links_[index], index}.serve(model);
}

worker_pool::~worker_pool() {
  calls_.clear();
  terminate();
}

bool worker_pool::spent(std::size_t i) const {
  return most_tasks_ != 0 && links_[i].ring.given() >= most_tasks_;
}

void worker_pool::note(std::size_t i, const pool_task& task) {
  workers_[i]->tasks[links_[i].ring.given() % worker_link::ring_size] = task;
  workers_[i]->items += task.items;
  links_[i].ring.give();
}

void worker_pool::must_be_open() const {
  if (phase_ != phase::open) [[unlikely]]
    throw pool_closed{fmt::format("the pool takes no more tasks: it was {}",
                                  phase_ == phase::closed ? "closed" : "terminated")};
}

void worker_pool::submit(const pool_task& task, task_backlog::code run, const void* arguments) {
  must_be_open();
  ++task.group->open_;
  std::size_t best = workers_.size();
  std::uint32_t least = prefetch;
  if (backlog_.empty())
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (const auto n = workers_[i]->outstanding(links_[i]);
          n < least && workers_[i]->process.serving() && !spent(i)) {
        best = i;
        least = n;
      }
  if (best == workers_.size()) {
    backlog_.push(task, run, arguments);
    if (backlog_.size() % spawns_per_look == 0) pump();
    return;
  }
  auto& message = links_[best].ring[links_[best].ring.given()];
  message.run = run;
  std::memcpy(message.bytes, arguments, task.argument_bytes);
  note(best, task);
  workers_[best]->process.notify();
}

void worker_pool::feed(std::size_t i) {
  auto& w = *workers_[i];
  auto& ring = links_[i].ring;
  if (!w.process.serving() || backlog_.empty()) return;
  const auto most = chunks_.of(backlog_.items());
  const auto had = w.outstanding(links_[i]);
  if (had > most_at_once || (had > 1 && w.items > most)) return;
  std::uint32_t n = 0;
  for (std::size_t items = 0; items < most && n < most_at_once && !backlog_.empty() && !spent(i);
       ++n) {
    const auto task = backlog_.pop(ring[ring.given()]);
    items += task.items;
    note(i, task);
  }
  if (n != 0) w.process.notify();
}

void worker_pool::collect(std::size_t i) {
  auto& w = *workers_[i];
  const auto finished = links_[i].ring.finished();
  for (; w.collected != finished; ++w.collected) {
    const auto& task = w.tasks[w.collected % worker_link::ring_size];
    w.items -= task.items;
    finish(task, links_[i].ring[w.collected]);
  }
}

void worker_pool::pump() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (!admit(i)) continue;
    auto& w = *workers_[i];
    if (w.process.died()) {
      replace(i);
      continue;
    }
    collect(i);
    if (spent(i) && w.outstanding(links_[i]) == 0 && (phase_ == phase::open || !backlog_.empty())) {
      w.process.stop();
      start_missing();
    }
    feed(i);
  }
  if (!backlog_.empty() && nobody_is_there()) revive();
}

void worker_pool::poll() {
  if (phase_ != phase::terminated) pump();
  while (!calls_.empty()) {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    call();
  }
}

void worker_pool::finish(const pool_task& task, const task_message& message) {
  auto& group = *task.group;
  --group.open_;
  if (message.how == task_message::outcome::done) {
    if (task.result_bytes != 0) std::memcpy(task.slot, message.bytes, task.result_bytes);
    return group.came_back(task);
  }
  try {
    std::launder(reinterpret_cast<const remote_failure*>(message.bytes))->rethrow();
  } catch (...) {
    group.failed(task);
  }
}

void worker_pool::join(pool_group& group) {
  if (!group.finished()) revive();
  while (!group.finished()) {
    poll();
    if (!group.finished()) sleep(&group);
  }
}

std::uint32_t worker_pool::wanted(std::size_t i, const pool_group* group) const {
  const auto& w = *workers_[i];
  const auto given = links_[i].ring.given();
  const auto outstanding = w.outstanding(links_[i]);
  if (!w.process.serving()) return given + 1;
  if (group == nullptr) return w.collected + 1;
  // With more to hand out: as soon as it is down to one chunk. Else: once the group's last is back.
  if (!backlog_.empty()) {
    if (spent(i)) return given;
    const auto chunk =
        chunks_.of(backlog_.items()) * outstanding / std::max<std::size_t>(1, w.items);
    return given -
           std::min(static_cast<std::uint32_t>(std::clamp<std::size_t>(chunk, 1, most_at_once)),
                    outstanding - 1);
  }
  for (auto cursor = given; cursor != w.collected; --cursor)
    if (w.tasks[(cursor - 1) % worker_link::ring_size].group == group) return cursor;
  return given + 1;  // it has none of them: not at all
}

void worker_pool::sleep(const pool_group* group, std::int64_t deadline) {
  for (std::size_t i = 0; i < workers_.size(); ++i) links_[i].ring.want(wanted(i, group));
  bool starting = false;
  watched_.clear();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i]->process.serving()) watched_.push_back(&links_[i].life);
    starting = starting || workers_[i]->process.starting();
  }
  const auto ready = [this, starting] {
    return std::any_of(links_, links_ + workers_.size(),
                       [](const worker_link& link) { return link.ring.wanted_by_giver(); }) ||
           (starting && std::any_of(workers_.begin(), workers_.end(),
                                    [](const auto& w) { return w->process.calls(); }));
  };
  if (state_.look_for(ready)) return;
  constexpr auto mine = pool_state::bit(pool_state::parent_bit);
  state_.awake_set.fetch_and(~mine, std::memory_order_relaxed);
  state_.parent.store(pool_state::asleep, std::memory_order_relaxed);
  // Pairs with the fence of a worker that has finished a task.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (starting) deadline = std::min(deadline, monotonic_ns() + worker_process::look_every_ns);
  const auto until = to_timespec(deadline);
  if (!ready())
    futex_wait_or_death(state_.parent, pool_state::asleep, watched_,
                        deadline == forever ? nullptr : &until);
  state_.parent.store(pool_state::awake, std::memory_order_relaxed);
  state_.awake_set.fetch_or(mine, std::memory_order_relaxed);
}

bool worker_pool::idle() const {
  if (!backlog_.empty()) return false;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    if (workers_[i]->outstanding(links_[i]) != 0) return false;
  return true;
}

void worker_pool::close() {
  if (phase_ == phase::open) phase_ = phase::closed;
}

void worker_pool::stop() noexcept {
  for (const auto& w : workers_) w->process.stop();
  starter_->stop();
}

void worker_pool::terminate() {
  if (phase_ == phase::terminated) return;
  phase_ = phase::terminated;
  stop();
  const auto why = [](const pool_task& task) {
    return "the pool was terminated before " + task.group->what(task) + " was done";
  };
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    collect(i);
    auto& w = *workers_[i];
    while (w.outstanding(links_[i]) != 0) {
      const auto& task = w.tasks[w.collected++ % worker_link::ring_size];
      fail<pool_terminated>(task, why(task));
    }
  }
  for (task_message message; !backlog_.empty();) {
    const auto task = backlog_.pop(message);
    fail<pool_terminated>(task, why(task));
  }
}

void worker_pool::wait_closed() {
  if (phase_ == phase::open)
    throw std::logic_error{"the pool is still open: close or terminate it before you join it"};
  wait_until([this] { return idle(); });
  stop();
  poll();
}

}  // namespace models::support
