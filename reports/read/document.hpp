#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reports {

// Throws results_error: "source: what".
[[noreturn]] void refuse(const std::string& source, const std::string& what);

// A document whose list "benchmarks", which is nearly all of it, was left unparsed, so that its
// rows can be parsed on all processors.
struct split_document {
  nlohmann::ordered_json rest;         // with that list empty
  std::vector<std::string_view> rows;  // the texts of the list's objects; perhaps not JSON
};

// Nothing where the text is not JSON, or not of that form.
std::optional<split_document> split_rows(std::string_view text);

// The whole of it; bare NaN and Infinity become null. Throws results_error, which says where it is
// not JSON.
nlohmann::ordered_json parse_json(std::string_view text, const std::string& source);

}  // namespace reports
