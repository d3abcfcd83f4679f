#pragma once

#include <concepts>
#include <type_traits>

namespace bench {

// A value that may cross between tasks. Processes share no memory, so a message is plain bytes.
template <class T>
concept message = std::is_trivially_copyable_v<T>;

// A task's code. Stateless: a task is only its arguments, nothing is captured behind anyone's back.
template <class F>
concept task_body = std::is_empty_v<F>;

// A function as a task body: `group.spawn(&slot, bench::fn<node<M>>, first, leaves)`.
template <auto Function>
inline constexpr std::integral_constant<decltype(Function), Function> fn{};

// One parked task, whatever its model. `wake` makes it runnable again, from any thread; after the
// call the waiter may be gone. `next` belongs to whoever holds the waiter in a list.
struct waiter {
  void (*wake)(waiter&) noexcept = nullptr;
  waiter* next = nullptr;
};

// A colour-free operation in three steps; a model supplies how its task waits between them.
template <class Op>
concept operation = requires(Op op, waiter& w) {
  { op.ready() } -> std::same_as<bool>;  // done without waiting?
  { op.park(w) } -> std::same_as<bool>;  // leave `w` behind; false: done meanwhile
  op.result();
};

// An operation whose wait can be withdrawn, by any thread, from when `park` has returned true, as
// long as the operation lives. `cancel` says true: the task was still waiting and is no more; its
// `wake` will not be called, and there is no `result`. Nothing was taken and nothing is lost.
// False: `wake` has been called or will be, by itself, and `result` is to be taken: the operation
// has been served. Or it has been withdrawn, but has to take something back first, as a condition
// wait its mutex; then `withdrawn()`, which such an operation has, is true once the task has been
// woken.
template <class Op>
concept cancellable = operation<Op> && requires(Op op) {
  { op.cancel() }
  noexcept->std::same_as<bool>;
};

}  // namespace bench
