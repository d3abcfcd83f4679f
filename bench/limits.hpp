#pragma once

namespace bench {

// What this system lets one more program have, asked of the system; a reserve is left for others.
long most_threads();
long most_processes();
long most_descriptors();
long most_mappings();

}  // namespace bench
