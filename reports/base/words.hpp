#pragma once

#include <span>
#include <string>
#include <string_view>

namespace reports {

// A parameter's or a count's value for a reader: "340", "12,300", "2.45".
std::string number_text(double value);

// "10,000" for what is a whole number, anything else as it stands.
std::string with_separators(std::string_view number);

// A field for a reader: p99_ns -> "p99 latency", bytes_per_task -> "memory per task".
std::string field_title(std::string_view field);

// "a", "a and b", "a, b and c"
std::string listed(std::span<const std::string> words);

// "1 cell", "3 cells"
std::string counted(std::size_t count, std::string_view noun);

}  // namespace reports
