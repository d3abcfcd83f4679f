#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace reports {

// A row's further numbers by their names, in the order of the file. Many rows repeat few names:
// each is kept once for all of them, for as long as the program runs.
class counter_list {
 public:
  using counter = std::pair<std::string_view, double>;

  counter_list() = default;
  counter_list(std::initializer_list<counter> all) {
    for (const auto& [name, value] : all) (*this)[name] = value;
  }

  double& operator[](std::string_view name);
  const double* find(std::string_view name) const;  // nothing: null

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  std::size_t size() const { return all_.size(); }
  using value_type = counter;
  using const_iterator = std::vector<counter>::const_iterator;

 private:
  std::vector<counter> all_;
};

}  // namespace reports
