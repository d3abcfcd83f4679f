#pragma once

#include <string>
#include <vector>

#include "bench/contract/operations.hpp"
#include "bench/contract/workload.hpp"

namespace workloads {

// Parties that keep in step, as the iterations of a simulation do: each writes the number of the
// round and, behind the barrier, reads its neighbour's.
struct barrier {
  static constexpr std::string_view about = "parties that wait for each other, round after round";

  struct input {
    long parties, rounds;
  };
  static std::vector<input> sizes(bench::profile p) {
    switch (p) {
      case bench::profile::smallest:
        return {{3, 4}};
      case bench::profile::quick:
        return {{8, 50}};
      case bench::profile::standard:
        return {{2, 1'000}, {100, 50}};
      case bench::profile::thorough:
        return {{2, 10'000}, {100, 500}, {1'000, 50}};
    }
    return {};
  }
  static bench::params describe(const input& in) {
    return {{"parties", std::to_string(in.parties)}, {"rounds", std::to_string(in.rounds)}};
  }
  static bench::demand demand(const input& in) {
    return {.tasks = in.parties * in.rounds, .live = in.parties};
  }
  static long expected(const input& in) { return in.parties * in.rounds; }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : size{in},
          step{bench::make<bench::barrier<M>>(m, in.parties)},
          written{m.template buffer<long>(2 * in.parties)},
          right{m.template buffer<long>(in.parties)} {}
    void reset() {
      for (auto& slot : written) slot = -1;
    }
    long answer(int) const {
      long sum = 0;
      for (const long n : right) sum += n;
      return sum;
    }
    input size;
    bench::shared<bench::barrier<M>> step;
    // Two rows in turns: while one is read, the next round may be written already.
    bench::buffer<long> written, right;
  };

  struct direct {
    template <bench::waits M>
    static void take_part(M&, bench::barrier<M>* step, input size, long* written, long which,
                          long* right) {
      long count = 0;
      for (long round = 0; round < size.rounds; ++round) {
        long* const row = written + round % 2 * size.parties;
        row[which] = round;
        step->arrive_and_wait();
        count += row[(which + 1) % size.parties] == round;
      }
      *right = count;
    }

    template <bench::waits M>
    static int run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.parties; ++i)
        group.spawn(bench::fn<take_part<M>>, s.step.get(), s.size, s.written.data(), i,
                    &s.right[i]);
      group.join();
      return 0;
    }
  };

  struct coroutine {
    template <bench::waits M>
    static bench::task_of<M, void> take_part(M&, bench::barrier<M>* step, input size, long* written,
                                             long which, long* right) {
      long count = 0;
      for (long round = 0; round < size.rounds; ++round) {
        long* const row = written + round % 2 * size.parties;
        row[which] = round;
        co_await step->arrive_and_wait();
        count += row[(which + 1) % size.parties] == round;
      }
      *right = count;
    }

    template <bench::waits M>
    static bench::task_of<M, int> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (long i = 0; i < s.size.parties; ++i)
        group.spawn(bench::fn<take_part<M>>, s.step.get(), s.size, s.written.data(), i,
                    &s.right[i]);
      co_await group.join();
      co_return 0;
    }
  };
};

}  // namespace workloads
