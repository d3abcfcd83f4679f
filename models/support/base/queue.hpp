#pragma once

namespace models::support {

// A first-in-first-out list through the elements' own `next` pointers; it owns nothing.
template <class T>
class intrusive_queue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }

  void push(T& element) noexcept {
    element.next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = &element;
    last_ = &element;
  }

  // The oldest, or nullptr.
  T* pop() noexcept {
    auto* const element = first_;
    if (element != nullptr && (first_ = element->next) == nullptr) last_ = nullptr;
    return element;
  }

  // Takes out any element, at a cost of its place in the line. False: it is not in it.
  bool remove(T& element) noexcept {
    T* before = nullptr;
    for (auto* at = first_; at != &element; at = at->next) {
      if (at == nullptr) return false;
      before = at;
    }
    (before == nullptr ? first_ : before->next) = element.next;
    if (last_ == &element) last_ = before;
    return true;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace models::support
