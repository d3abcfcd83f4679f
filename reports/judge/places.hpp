#pragma once

#include <set>
#include <string>
#include <vector>

#include "reports/judge/verdict.hpp"

namespace reports {

// Names of the parameters that are not the same in all of these groups, "workers" among them.
std::set<std::string> differing(const std::vector<const ranking*>& over);

// "leaves 1,000, 2 workers": which cells of a workload these are. With `only`, of these parameters;
// "all" where that leaves none.
std::string place_title(const group& of);
std::string place_title(const group& of, const std::set<std::string>& only);

// What all groups of a workload share, in the same form; empty where it is nothing.
std::string shared_place(const std::vector<const ranking*>& over);

}  // namespace reports
