#include "bench/registry.hpp"

#include <fmt/format.h>

namespace bench {

std::string cell::name() const {
  std::string text = workload + "/" + model;
  for (const auto& [key, value] : size) text += fmt::format("/{}:{}", key, value);
  return text + fmt::format("/workers:{}", workers);
}

std::vector<workload_entry>& workloads() {
  static std::vector<workload_entry> all;
  return all;
}

std::vector<model_entry>& models() {
  static std::vector<model_entry> all;
  return all;
}

}  // namespace bench
