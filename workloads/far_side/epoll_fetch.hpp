#pragma once

#include <cstdint>

#include "workloads/far_side/download.hpp"

namespace workloads {

// A downloader without any model: one thread, one edge-triggered epoll instance, as many
// connections as the plan has in flight; whoever has finished takes the next image. Returns the sum
// of the digests. What a fetch costs at least. Throws std::system_error and what `download` throws.
std::uint64_t epoll_fetch(const download_plan& plan);

}  // namespace workloads
