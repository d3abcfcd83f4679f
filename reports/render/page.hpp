#pragma once

#include <memory>
#include <span>
#include <string>

#include "reports/judge/findings.hpp"

namespace reports {

// One self-contained page on these files, one of which is shown at a time: they may come from
// different machines, and nothing on the page adds them up. Whatever comes from a file is text.
std::string html_page(std::span<const std::unique_ptr<findings>> files);

}  // namespace reports
