#pragma once

namespace bench {

// The commit that this was built from, "-dirty" where the tree had changes; "unknown" without git.
const char* revision() noexcept;

}  // namespace bench
