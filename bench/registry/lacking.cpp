#include "bench/registry/lacking.hpp"

namespace bench {

std::string reason_of(const std::array<bool, std::size(every_ability)>& lacked) {
  std::string reason;
  for (std::size_t i = 0; i < lacked.size(); ++i)
    if (lacked[i]) reason.append(reason.empty() ? "" : "; ").append(every_ability[i].without);
  return reason.empty() ? "has no body for this model" : reason;
}

}  // namespace bench
