#pragma once

#include <utility>

#include "models/support/base/frame_pool.hpp"

namespace models::support {

// A spawned task that has not run: a function over what follows it in memory.
struct job {
  void (*run)(job&) noexcept;
};

// A job with its task's code and arguments in one block, which is freed before `finish` is called.
template <class Model, class Call, class Group>
class job_of : job {
 public:
  static job* create(Model& m, const Call& call, Group& group) {
    return new (allocate_frame(sizeof(job_of))) job_of{m, call, group};
  }

 private:
  job_of(Model& m, const Call& call, Group& group)
      : job{&execute}, m_{m}, group_{group}, call_{call} {}

  static void execute(job& j) noexcept {
    auto& self = static_cast<job_of&>(j);
    Group& group = self.group_;
    try {
      self.call_(self.m_);
    } catch (...) {
      group.capture_failure();
    }
    free_frame(&self, sizeof(job_of));
    group.finish_one();
  }

  Model& m_;
  Group& group_;
  Call call_;
};

}  // namespace models::support
