#pragma once

#include "workloads/kernels/image.hpp"

namespace workloads {

// An underexposed, noisy photograph of a lake at night, painted from nothing: moon, clouds and
// stars over mountains, a town with lit windows and its reflection, a jetty in the dark foreground.
// Integer arithmetic throughout: the same bytes on every machine. Sides of
// 1 to 16,384 pixels, else std::invalid_argument; 12 megapixels take about 0.4 s.
image night_scene(int width, int height);

}  // namespace workloads
