#include "reports/read/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "reports/read/results.hpp"

namespace reports {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view blanks = " \t\r\n";

// Behind the string that begins at `at`; the text's end where it is not closed.
std::size_t behind_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    at = text.find_first_of("\\\"", at);
    if (at == text.npos) return text.size();
    if (text[at] == '"') return at + 1;
    ++at;
  }
  return text.size();
}

// Behind the object or list that begins at `at`. Whether its parts fit is left to who parses it.
std::size_t behind_element(std::string_view text, std::size_t at) {
  for (int depth = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = behind_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return text.size();
}

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(blanks, at), text.size());
}

bool stands_at(std::string_view text, std::size_t at, char c) {
  return at < text.size() && text[at] == c;
}

// Behind the bracket that opens the outermost object's list of this key.
std::optional<std::size_t> list_of(std::string_view text, std::string_view quoted_key) {
  std::size_t at = behind_blanks(text, 0);
  if (!stands_at(text, at, '{')) return {};
  for (++at; at < text.size();) {
    if (text[at] == '{' || text[at] == '[') {
      at = behind_element(text, at);
    } else if (text[at] != '"') {
      ++at;
    } else {
      const std::size_t end = behind_string(text, at);
      const bool found = text.substr(at, end - at) == quoted_key;
      at = end;
      if (!found) continue;
      at = behind_blanks(text, at);
      if (!stands_at(text, at, ':')) continue;
      at = behind_blanks(text, at + 1);
      return stands_at(text, at, '[') ? std::optional(at + 1) : std::nullopt;
    }
  }
  return {};
}

// Google Benchmark writes NaN and Infinity bare, which JSON does not have: outside of strings they
// become null. Lengths may change, so this is done only to a text that has failed to parse.
std::string without_bare_numbers(std::string_view text) {
  static constexpr std::array<std::string_view, 6> bare = {"-NaN",     "NaN",  "-Infinity",
                                                           "Infinity", "-nan", "nan"};
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    if (in_string) {
      if (text[i] == '\\' && i + 1 < text.size())
        out += text[i++];
      else if (text[i] == '"')
        in_string = false;
    } else if (text[i] == '"') {
      in_string = true;
    } else if (auto found = std::ranges::find_if(
                   bare, [&](std::string_view word) { return text.substr(i).starts_with(word); });
               found != bare.end()) {
      out += "null";
      i += found->size();
      continue;
    }
    out += text[i++];
  }
  return out;
}

std::string place(std::string_view text, std::size_t byte) {
  std::string_view before = text.substr(0, std::min(byte ? byte - 1 : 0, text.size()));
  auto line = 1 + std::ranges::count(before, '\n');
  auto start = before.rfind('\n');
  auto column = before.size() - (start == before.npos ? 0 : start + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace

void refuse(const std::string& source, const std::string& what) {
  throw results_error(fmt::format("{}: {}", source, what));
}

ordered_json parse_json(std::string_view text, const std::string& source) {
  if (std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c); }))
    refuse(source, "the file is empty; a results file was expected");
  ordered_json document = ordered_json::parse(text, nullptr, false);
  if (!document.is_discarded()) return document;
  std::string mended = without_bare_numbers(text);
  try {
    return ordered_json::parse(mended);
  } catch (const ordered_json::parse_error& error) {
    std::string_view what = error.what();
    if (what.find("unexpected end of input") != what.npos)
      refuse(source, place(mended, error.byte) +
                         ": the file ends in the middle; it is truncated, write it again");
    if (what.find("UTF-8") != what.npos)
      refuse(source, place(mended, error.byte) + ": a string is not UTF-8");
    refuse(source, place(mended, error.byte) + ": not JSON");
  } catch (const ordered_json::exception&) {
    refuse(source, "a number is too large for a double");
  }
}

std::optional<split_document> split_rows(std::string_view text) {
  const auto list = list_of(text, "\"benchmarks\"");
  if (!list) return {};
  split_document out;
  std::size_t at = *list;
  do {
    const std::size_t begin = behind_blanks(text, at);
    if (!stands_at(text, begin, '{')) return {};
    at = behind_element(text, begin);
    out.rows.push_back(text.substr(begin, at - begin));
    at = behind_blanks(text, at);
  } while (stands_at(text, at++, ','));
  if (!stands_at(text, at - 1, ']')) return {};

  std::string rest(text.substr(0, *list));
  rest += text.substr(at - 1);
  out.rest = ordered_json::parse(rest, nullptr, false);
  // A second list of this name would be the one that counts.
  if (out.rest.is_discarded() || out.rest["benchmarks"] != ordered_json::array()) return {};
  return out;
}

}  // namespace reports
