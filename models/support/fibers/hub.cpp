#include "models/support/fibers/hub.hpp"

#include <new>
#include <utility>

namespace models::support {

hub::~hub() {
  for (auto* f = idle_; f != nullptr; f = f->next_idle) f->forget();
}

void hub::execute(void* item) {
  current_ = this;
  exceptions_ = &exception_state::of_this_thread();
  loop_.adopt();
  loop_.switch_to(context_of(item), *exceptions_);
}

fiber& hub::make_fiber() {
  const auto stack = stacks_.take();
  return *new (stack.top - sizeof(fiber)) fiber{*this, stack, &run};
}

void hub::free(fiber_context& gone) noexcept {
  auto& f = static_cast<fiber&>(gone);
  auto& stacks = f.home.stacks_;
  const auto stack = f.stack;
  f.forget();
  stacks.give(stack);
}

void hub::run(fiber_context& context) noexcept {
  auto& self = static_cast<fiber&>(context);
  auto& h = self.home;
  for (;;) {
    h.running_ = &self;
    self.task->run(*self.task);
    if (h.recycle_) self.next_idle = std::exchange(h.idle_, &self);
    auto* next = std::exchange(h.next_, nullptr);
    if (next == nullptr) next = &h.context_of(h.worker_.find());
    if (next == &self) continue;  // the newest idle stack is this one: another task, no switch
    if (!h.recycle_) self.leave(*next, *h.exceptions_, &free);
    self.switch_to(*next, *h.exceptions_);
  }
}

}  // namespace models::support
