#pragma once

namespace bench {

// How late, in ns, the kernel may be with a time-out to save wake-ups: 50,000 by default, which
// would be most of what a timer row shows. The least there is, as a timerfd and io_uring have it
// anyway.
inline constexpr unsigned long timer_slack_ns = 1;

// Sets it for this thread, and so for every thread and process that it will start. Throws
// std::system_error.
void set_timer_slack();

}  // namespace bench
