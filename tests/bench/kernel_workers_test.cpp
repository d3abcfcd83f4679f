// The CPU time of io_uring's kernel workers, which work while every thread of the program sleeps.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure/cost.hpp"

namespace {

// A ring that takes one request at a time, without any library.
class ring {
 public:
  ring() : fd_{static_cast<int>(::syscall(SYS_io_uring_setup, 4, &p_))}, error_{errno} {
    if (fd_ < 0) return;
    rings_ = map(p_.cq_off.cqes + p_.cq_entries * sizeof(io_uring_cqe), IORING_OFF_SQ_RING);
    requests_ =
        reinterpret_cast<io_uring_sqe*>(map(p_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  }
  ring(const ring&) = delete;
  ~ring() {
    if (fd_ >= 0) ::close(fd_);
  }

  // Why the kernel gives none; empty: it does.
  std::string absent() const {
    if (fd_ < 0) return std::string{"io_uring_setup: "} + std::strerror(error_);
    return (p_.features & IORING_FEAT_SINGLE_MMAP) != 0 ? ""
                                                        : "this kernel's rings are two mappings";
  }

  // Has a kernel worker read, sleeps meanwhile, and returns what the read returned.
  int read(int file, std::vector<char>& into) {
    auto& tail = at(p_.sq_off.tail);
    const auto slot = tail & at(p_.sq_off.ring_mask);
    requests_[slot] = {};
    requests_[slot].opcode = IORING_OP_READ;
    requests_[slot].flags = IOSQE_ASYNC;
    requests_[slot].fd = file;
    requests_[slot].addr = reinterpret_cast<std::uintptr_t>(into.data());
    requests_[slot].len = static_cast<unsigned>(into.size());
    (&at(p_.sq_off.array))[slot] = slot;
    std::atomic_ref{tail}.store(tail + 1, std::memory_order_release);
    unsigned submit = 1;
    auto& head = at(p_.cq_off.head);
    while (head == std::atomic_ref{at(p_.cq_off.tail)}.load(std::memory_order_acquire)) {
      if (::syscall(SYS_io_uring_enter, fd_, submit, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0) {
        if (errno != EINTR) throw std::runtime_error{"io_uring_enter"};
      } else {
        submit = 0;
      }
    }
    const auto* done =
        reinterpret_cast<io_uring_cqe*>(rings_ + p_.cq_off.cqes) + (head & at(p_.cq_off.ring_mask));
    const int result = done->res;
    std::atomic_ref{head}.store(head + 1, std::memory_order_release);
    return result;
  }

 private:
  char* map(std::size_t bytes, off_t what) const {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, what);
    if (at == MAP_FAILED) throw std::runtime_error{"mmap of a ring"};
    return static_cast<char*>(at);
  }
  unsigned& at(unsigned offset) const { return *reinterpret_cast<unsigned*>(rings_ + offset); }

  io_uring_params p_{};
  int fd_, error_;
  char* rings_ = nullptr;
  io_uring_sqe* requests_ = nullptr;
};

struct seconds {
  double workers = 0, others = 0;
};

// What the scheduler says that the kernel's workers, and the program's own threads, have used.
seconds used() {
  seconds sum;
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::string name;
    std::getline(std::ifstream{task.path() / "comm"}, name);
    double ns = 0;
    std::ifstream{task.path() / "schedstat"} >> ns;
    (name.starts_with("iou-wrk") ? sum.workers : sum.others) += ns / 1e9;
  }
  return sum;
}

TEST(cost, has_what_io_uring_s_kernel_workers_burn_while_the_program_sleeps) {
  ring uring;
  if (const auto why = uring.absent(); !why.empty()) GTEST_SKIP() << why;
  const int zeros = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(zeros, 0);
  std::vector<char> into(32UL << 20, 'x');
  ASSERT_EQ(uring.read(zeros, into), static_cast<int>(into.size()));  // brings a worker into being
  const auto before = used();
  if (before.workers == 0) GTEST_SKIP() << "the kernel has no worker for this, or no schedstat";

  const bench::cost_meter meter{{}};
  auto now = before;
  while (now.workers - before.workers < 1) {
    for (int i = 0; i < 10; ++i) ASSERT_EQ(uring.read(zeros, into), static_cast<int>(into.size()));
    now = used();
  }
  const double found = static_cast<double>(meter.end().cpu_ns) / 1e9;
  const double burned = now.workers - before.workers, own = now.others - before.others;
  EXPECT_LT(own, 0.05) << "the program itself should sleep";
  EXPECT_NEAR(found - own, burned, 0.05 * burned);
  ::close(zeros);
}

}  // namespace
