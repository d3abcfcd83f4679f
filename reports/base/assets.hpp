#pragma once

#include <string>
#include <string_view>

namespace reports {

// A file of reports/web, or a library of the charts, as it was when this program was built.
// Empty for a library that could not be had then.
struct asset {
  std::string_view text;
  std::string_view sha256;  // hexadecimal
};
asset asset_of(std::string_view name);

// "'sha256-...'" for a content security policy.
std::string script_source(const asset& of);

bool has_chart_libraries();

}  // namespace reports
