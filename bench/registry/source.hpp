#pragma once

#include <string>
#include <string_view>

namespace bench {

// The text of `struct <name> { ... };` in a C++ file, without the struct and without its
// indentation, as a reader of the report sees it; empty where there is none. It counts braces and
// knows neither strings nor comments.
std::string source_of(std::string_view file, std::string_view name);

}  // namespace bench
