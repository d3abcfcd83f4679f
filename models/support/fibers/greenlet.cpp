#include "models/support/fibers/greenlet.hpp"

#include <cstddef>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "models/support/fibers/fiber_context.hpp"
#include "models/support/fibers/hub.hpp"
#include "models/support/fibers/stack_slab.hpp"

namespace models::support {
namespace {

// Deep recursion is usual in generators over trees, and only pages that are touched cost memory.
constexpr std::size_t stack_bytes = std::size_t{256} * 1024;

// For all threads and as long as the program runs: a greenlet may outlive the thread that made it.
stack_slabs& stacks() {
  static stack_slabs all{stack_bytes, bench::memory_policy::pooled};
  return all;
}

bool is_exit(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const greenlet_exit&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

// What travels with a switch: a value or an error.
struct greenlet::parcel {
  std::any value;
  std::exception_ptr error;

  // One that does not run any more, or never will, passes an exit on as a value.
  void pass_through() {
    if (!error || !is_exit(error)) return;
    error = nullptr;
    value = greenlet_exit{};
  }
};

struct greenlet::state {
  // Its own stack, from its start to its end.
  struct body : fiber_context {
    body(greenlet& g, stack_slabs::stack on)
        : fiber_context{on.bottom, on.top, &run_to_end}, self{g}, stack{on} {}
    greenlet& self;
    const stack_slabs::stack stack;
  };
  static void run_to_end(fiber_context& context) noexcept;
  static void free_stack(fiber_context& gone) noexcept;
  [[noreturn]] void refuse_to_switch();

  std::shared_ptr<family> home;  // none for a main greenlet: it is a part of it
  function run;
  std::optional<body> own;
  fiber_context* place = nullptr;  // where it goes on; none before its start and after its end
  bool over = false;
  int refusals = 0;  // above zero: it is being unwound
};

// The greenlets of one thread or fiber.
struct greenlet::family : std::enable_shared_from_this<family> {
  family() { main.state_->place = &main_context; }

  // The caller's; made where there is none yet, if `make`, else nullptr.
  static family* of_caller(bool make = true);

  // The caller's, which `target` must belong to too; throws where no switch is possible.
  static family& to_switch_to(greenlet& target);
  std::any go(greenlet& target);
  greenlet& destination(greenlet& target);
  void hop(greenlet& to);
  void unwind(greenlet& g) noexcept;

  fiber_context main_context;
  greenlet main{*this};
  greenlet* current = &main;
  parcel in_transit;
  exception_state& exceptions = exception_state::of_this_thread();
};

greenlet::family* greenlet::family::of_caller(bool make) {
  static constinit thread_local bool ended = false;
  struct families {
    std::unordered_map<const fiber*, std::shared_ptr<family>> all;
    const fiber* last_key = nullptr;
    family* last = nullptr;
    ~families() { ended = true; }
  };
  static thread_local families mine;
  if (ended) return nullptr;
  auto* const h = hub::current();
  const fiber* const key = h == nullptr ? nullptr : &h->running();
  if (mine.last != nullptr && mine.last_key == key) return mine.last;
  auto found = mine.all.find(key);
  if (found == mine.all.end()) {
    if (!make) return nullptr;
    found = mine.all.emplace(key, std::make_shared<family>()).first;
  }
  mine.last_key = key;
  return mine.last = found->second.get();
}

greenlet::family& greenlet::family::to_switch_to(greenlet& target) {
  auto& mine = *of_caller();
  if (&target != &mine.main && target.state_->home.get() != &mine)
    throw std::logic_error{"greenlet: switches to one of another thread or fiber"};
  if (mine.current->state_->refusals > 0) mine.current->state_->refuse_to_switch();
  return mine;
}

// With what is in transit.
std::any greenlet::family::go(greenlet& target) {
  hop(destination(target));
  if (in_transit.error) [[unlikely]]
    std::rethrow_exception(std::exchange(in_transit.error, nullptr));
  return std::move(in_transit.value);  // which empties it
}

// Whoever goes on where `target` is meant to: the dead hand over to their parents.
greenlet& greenlet::family::destination(greenlet& target) {
  for (auto* g = &target;; g = g->parent_) {
    auto& s = *g->state_;
    if (s.place != nullptr) return *g;
    if (!s.over) {
      if (!in_transit.error) {
        s.place = &s.own.emplace(*g, stacks().take());
        return *g;
      }
      s.over = true;
      s.run = nullptr;
    }
    in_transit.pass_through();
  }
}

void greenlet::family::hop(greenlet& to) {
  auto& self = *current;
  if (&to == &self) return;
  self.state_->place->switch_to(*to.state_->place, exceptions);
  current = &self;
}

// Throws an exit into a suspended greenlet and comes back when it has ended.
void greenlet::family::unwind(greenlet& g) noexcept {
  auto pending = std::exchange(in_transit, {{}, std::make_exception_ptr(greenlet_exit{})});
  g.leave_parent();
  g.adopt_by(*current);
  g.state_->refusals = 1;
  hop(g);
  in_transit = std::move(pending);
}

void greenlet::state::refuse_to_switch() {
  constexpr int patience = 16;
  if (++refusals > patience) {
    std::fputs("greenlet: one that is being destroyed keeps swallowing greenlet_exit\n", stderr);
    std::terminate();
  }
  throw greenlet_exit{};
}

void greenlet::state::run_to_end(fiber_context& context) noexcept {
  auto& self = static_cast<body&>(context).self;
  auto& s = *self.state_;
  auto& home = *s.home;
  home.current = &self;
  {
    parcel result;
    try {
      result.value = s.run(std::exchange(home.in_transit.value, {}));
    } catch (const greenlet_exit& e) {
      result.value = e;
    } catch (...) {
      result.error = std::current_exception();
    }
    s.run = nullptr;
    home.in_transit = std::move(result);
  }
  s.over = true;
  s.place = nullptr;
  auto& to = home.destination(*self.parent_);
  context.leave(*to.state_->place, home.exceptions, &free_stack);
}

void greenlet::state::free_stack(fiber_context& gone) noexcept {
  auto& own = static_cast<body&>(gone).self.state_->own;
  const auto stack = own->stack;
  gone.forget();
  own.reset();
  stacks().give(stack);
}

greenlet::greenlet(family&) : state_{std::make_unique<state>()} {}
greenlet::greenlet(function run) : greenlet{std::move(run), current()} {}
greenlet::greenlet(function run, greenlet& parent) : state_{std::make_unique<state>()} {
  auto& home = parent.state_->home;
  state_->home = home != nullptr ? home : family::of_caller()->shared_from_this();
  state_->run = std::move(run);
  adopt_by(parent);
}

greenlet::~greenlet() {
  if (parent_ == nullptr) return;
  auto& home = *state_->home;
  if (home.current == this) {
    std::fputs("greenlet: destroyed while it runs\n", stderr);
    std::terminate();
  }
  if (state_->place != nullptr) {
    if (&home == family::of_caller(false)) {
      home.unwind(*this);
    } else {
      static_cast<void>(state_.release());  // the abandoned stack still uses it
    }
  }
  while (first_child_ != nullptr) {
    auto& child = *first_child_;
    child.leave_parent();
    child.adopt_by(*parent_);
  }
  leave_parent();
}

void greenlet::adopt_by(greenlet& parent) noexcept {
  parent_ = &parent;
  next_sibling_ = parent.first_child_;
  if (next_sibling_ != nullptr) next_sibling_->to_this_ = &next_sibling_;
  to_this_ = &parent.first_child_;
  parent.first_child_ = this;
}

void greenlet::leave_parent() noexcept {
  *to_this_ = next_sibling_;
  if (next_sibling_ != nullptr) next_sibling_->to_this_ = to_this_;
}

greenlet& greenlet::current() { return *family::of_caller()->current; }

std::any greenlet::switch_to(std::any value) {
  auto& home = family::to_switch_to(*this);
  home.in_transit.value = std::move(value);
  return home.go(*this);
}

std::any greenlet::throw_into(std::exception_ptr error) {
  auto& home = family::to_switch_to(*this);
  home.in_transit.error = std::move(error);
  return home.go(*this);
}

void greenlet::set_parent(greenlet& parent) {
  if (parent_ == nullptr) throw std::invalid_argument{"greenlet: a main greenlet has no parent"};
  const auto* const root = [&] {
    const auto* g = this;
    while (g->parent_ != nullptr) g = g->parent_;
    return g;
  }();
  for (const auto* g = &parent;; g = g->parent_) {
    if (g == this) throw std::invalid_argument{"greenlet: it would be its own ancestor"};
    if (g->parent_ != nullptr) continue;
    if (g != root) throw std::invalid_argument{"greenlet: a parent of another thread or fiber"};
    break;
  }
  leave_parent();
  adopt_by(parent);
}

bool greenlet::started() const noexcept { return state_->place != nullptr || state_->over; }
bool greenlet::dead() const noexcept { return state_->over; }

}  // namespace models::support
