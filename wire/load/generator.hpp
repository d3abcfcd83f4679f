#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "wire/load/connection.hpp"
#include "wire/load/plan.hpp"
#include "wire/program.hpp"

namespace wire::load {

// Makes the load of a plan from one thread, over epoll, edge-triggered.
class generator {
 public:
  // Opens the active connections, outside of any measurement. Throws std::system_error with the
  // cause.
  generator(const plan& p, wire::stop_signals& signals);

  // Idle connections, warm-up, load, and the wait for what is still in flight.
  result run();

 private:
  void open_idle();
  void begin();
  void turn();
  void handle(std::uint64_t at, std::uint32_t events);
  void record(const stamp& s);
  void lose(std::uint64_t at, const std::string& why);
  void reopen(std::uint64_t at);
  void feed();
  void feed_closed();
  void feed_open();
  void start(std::uint64_t at, std::int64_t intended);
  void flush(std::uint64_t at);
  void next_arrival();
  void sweep();
  void settle();
  void count_unsent();
  void find_surplus();
  void check_idle();
  [[nodiscard]] bool may_start() const;
  [[nodiscard]] bool measured(std::int64_t intended) const {
    return intended >= start_ && intended < end_;
  }

  plan plan_;
  wire::stop_signals& signals_;
  wire::unique_fd epoll_;
  std::string request_;
  expected_body expected_;
  std::deque<connection> connections_;
  std::vector<wire::unique_fd> idle_;
  std::deque<std::uint64_t> free_;  // connections that may take a request, once for each
  std::vector<char> buffer_;
  result result_;
  std::mt19937_64 random_;
  double arrival_ = 0;                          // the next one's time
  std::int64_t now_ = 0, start_ = 0, end_ = 0;  // of the window
  std::int64_t cpu_at_start_ = 0, queued_at_start_ = 0, next_sweep_ = 0;
  std::int64_t last_arrival_ = 0, last_answer_ = 0;
  std::uint64_t to_send_ = 0;  // measured requests that are left, under a count
  std::uint64_t in_flight_ = 0, errors_ = 0;
  bool started_ = false;  // the window
};

}  // namespace wire::load
