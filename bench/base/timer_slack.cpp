#include "bench/base/timer_slack.hpp"

#include <sys/prctl.h>

#include <cerrno>
#include <system_error>

namespace bench {

void set_timer_slack() {
  if (::prctl(PR_SET_TIMERSLACK, timer_slack_ns, 0, 0, 0) != 0)
    throw std::system_error{errno, std::generic_category(), "prctl(PR_SET_TIMERSLACK)"};
}

}  // namespace bench
