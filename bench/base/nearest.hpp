#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bench {

// The help for a name that does not exist: "did you mean a, b?" with up to three of the nearest by
// edit distance (Levenshtein 1966), or "there are: ..." where nothing is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace bench
