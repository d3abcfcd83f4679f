#pragma once

#include <exception>
#include <string>

namespace bench {

// This process's limit of one kind (RLIMIT_NOFILE, ...); LONG_MAX: none.
long soft_limit(int which);

// What this system lets one more program have, asked of the system; a reserve is left for others.
long most_threads();
long most_processes();
long most_descriptors();
long most_mappings();

// An error's text; where a limit of the system was reached, which one and where it stands.
std::string what_failed(const std::exception& error);

}  // namespace bench
