#pragma once

#include <string>

#include "reports/base/text.hpp"
#include "reports/judge/findings.hpp"

// The page's parts as HTML. `prefix` keeps the identifiers of several files apart.
namespace reports::html {

inline std::string esc(std::string_view text) { return escape_xml(text); }

std::string headline(const findings& all);
std::string notices(const findings& all);
std::string verdict_cards(const findings& all);
std::string filters(const findings& all, const std::string& prefix);
std::string heat_map(const findings& all, const std::string& prefix);
std::string crossings(const findings& all);
std::string workload_sections(const findings& all, const std::string& prefix);
std::string honesty(const findings& all);

// One row per cell with every number; what has none says why.
std::string numbers_table(const findings& all, const workload_findings& one);

// Of the workload at this place in `findings::workloads`.
std::string workload_id(const std::string& prefix, std::size_t place);

}  // namespace reports::html
