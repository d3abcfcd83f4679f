#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reports/base/statistics.hpp"

namespace reports {

// Control characters, escape sequences and changes of writing direction become '?': names come from
// files and must not steer a terminal or another tool.
std::string printable(std::string_view text);

// Code points, which is what a terminal's columns are for the texts here.
std::size_t columns(std::string_view text);
std::string pad_left(std::string_view text, std::size_t width);
std::string pad_right(std::string_view text, std::size_t width);

// Breaks at spaces; every line but the first starts with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

// Three significant digits: "1.23 ms", "45.6 µs", "789 ns".
std::string duration_text(double nanoseconds);
// A value of a field in the unit that its name ends in: _ns as a time, _bytes with KiB, else a
// number.
std::string value_text(std::string_view field, double value);
// "1.50×", "15.0×", "1500×".
std::string ratio_text(double ratio);
// Of a ratio: "1.492 to 1.508".
std::string interval_text(const interval& ratio);
// A ratio as a change: "+5.2 %", "−0.3 %"; from tenfold on as a ratio.
std::string change_text(double ratio);
// "±3 %", "±0.4 %".
std::string spread_text(double share);

// For attributes and text of XML and HTML.
std::string escape_xml(std::string_view text);
// For cells and text of Markdown, inside tables as well.
std::string escape_markdown(std::string_view text);
// RFC 4180, and no cell that a spreadsheet would run as a formula.
std::string escape_csv(std::string_view text);

}  // namespace reports
