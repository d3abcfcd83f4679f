#include "models/support/processes/helper_process.hpp"

#include <cstdint>
#include <string>

#include "bench/contract/settings.hpp"
#include "models/support/processes/shared_arena.hpp"
#include "models/support/processes/worker_pool.hpp"

namespace models::support {
namespace {

// A fork would copy the locks that other threads hold.
bench::settings one_spawned() {
  bench::settings s;
  s.workers = 1;
  s.start_method = "spawn";
  s.spin = 0;
  return s;
}

thread_local bool wanted = false;
thread_local std::unique_ptr<helper_process> own;

}  // namespace

static_assert(helper_process::most_bytes == task_message::capacity);

struct helper_process::pool {
  pool() : arena{true}, workers{arena, one_spawned(), nullptr, &serve} {}
  explicit pool(const entry_words& words) : arena{words}, workers{words} {}
  static void serve(const entry_words& words) { pool{words}.workers.serve(words, nullptr); }

  shared_arena arena;
  worker_pool workers;
};

helper_process::helper_process() : pool_{std::make_unique<pool>()} {}
helper_process::~helper_process() = default;

void helper_process::call(code run, const void* arguments, std::size_t argument_bytes, void* result,
                          std::size_t result_bytes) {
  struct one_call final : pool_group {
    std::string what(const pool_task&) const override { return "an offloaded call"; }
  } group;
  pool_->workers.submit({&group, result, static_cast<std::uint16_t>(result_bytes),
                         static_cast<std::uint16_t>(argument_bytes)},
                        run, arguments);
  pool_->workers.join(group);
  group.rethrow();
}

void helper_process::use_in_this_thread() { wanted = true; }

helper_process* helper_process::of_this_thread() {
  if (wanted && !own) own = std::make_unique<helper_process>();
  return own.get();
}

}  // namespace models::support
