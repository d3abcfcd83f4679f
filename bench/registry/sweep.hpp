#pragma once

#include <memory>
#include <vector>

#include "bench/contract/settings.hpp"
#include "bench/contract/size.hpp"

namespace bench {

// These sizes with each parameter that the settings give values for at all of those. Throws
// std::invalid_argument where a parameter cannot be set to its value; to zero it can only where
// some size has one, unless it is a switch.
std::vector<std::shared_ptr<any_size>> swept(std::vector<std::shared_ptr<any_size>> sizes,
                                             const settings& s);

}  // namespace bench
