#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reports/statistics.hpp"

namespace reports {

// Three significant digits and no exponent below a million: "0.0123", "12.3", "12,300".
std::string in_digits(double value);

// "10,000" for what is a number, anything else as it stands.
std::string with_separators(std::string_view number);

// A measured field's value with its unit, taken from the field's name: time_ns -> "12.3 us",
// peak_bytes -> "2.5 MiB", tasks_per_second -> "1.2 M/s", else in_digits.
std::string in_unit(std::string_view field, double value);

// The field for a reader: p99_ns -> "p99 latency", bytes_per_task -> "memory per task".
std::string field_title(std::string_view field);

// "1.32x", "24x", "3,200x"
std::string as_ratio(double ratio);
// "1.28 to 1.36"; empty where no interval is claimed.
std::string as_range(const estimate& ratio);

// "a", "a and b", "a, b and c"
std::string listed(std::span<const std::string> words);

// "1 cell", "3 cells"
std::string counted(std::size_t count, std::string_view noun);

}  // namespace reports
