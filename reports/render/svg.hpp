#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "reports/judge/findings.hpp"

namespace reports {

// Every chart at its first switches, in light colours, as <folder>/<workload>-<chart>.svg; with
// several files their number comes first. Drawn by node with the libraries of the page: throws
// results_error where there is no node, or it fails. Returns how many were written.
std::size_t write_svgs(std::span<const std::unique_ptr<findings>> files,
                       const std::filesystem::path& folder);

}  // namespace reports
