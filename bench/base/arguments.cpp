#include "bench/base/arguments.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace bench {
namespace {

// CLI11's own checks of signs name the largest double there is.
std::string complaint(const std::string& text, const char* wanted, auto fits) {
  double number = 0;
  if (CLI::detail::lexical_cast(text, number) && fits(number, 0.0)) return {};
  return std::string{"wants "} + wanted + ", not " + text;
}

}  // namespace

using option = arguments::option;

option& option::between(long least, long most) {
  of_->check(CLI::Range(least, most));
  return *this;
}
option& option::between_numbers(double least, double most) {
  of_->check(CLI::Range(least, most));
  return *this;
}
option& option::positive() {
  of_->check(CLI::Validator{
      [](const std::string& text) { return complaint(text, "a number above 0", std::greater{}); },
      "POSITIVE"});
  return *this;
}
option& option::not_negative() {
  of_->check(CLI::Validator{
      [](const std::string& text) { return complaint(text, "0 or more", std::greater_equal{}); },
      "NONNEGATIVE"});
  return *this;
}
option& option::one_of(const std::vector<std::string>& names) {
  of_->check(CLI::IsMember(names));
  return *this;
}
option& option::required() {
  of_->required();
  return *this;
}
option& option::excludes(const option& other) {
  of_->excludes(other.of_);
  return *this;
}
option& option::type_name(const std::string& name) {
  of_->type_name(name);
  return *this;
}
option& option::shows_default() {
  of_->capture_default_str();
  return *this;
}

arguments::arguments(const std::string& about, const std::string& program)
    : app_{std::make_unique<CLI::App>(about, program)} {
  if (about.empty()) app_->set_help_flag();
}
arguments::~arguments() = default;

template <class T>
option arguments::add(const std::string& name, T& value, const std::string& about) {
  auto* const made = app_->add_option(name, value, about);
  if constexpr (std::is_same_v<T, std::vector<std::string>>) made->allow_extra_args(false);
  if constexpr (std::is_same_v<T, std::vector<int>>) made->delimiter(',');
  return option{made};
}

template option arguments::add(const std::string&, std::string&, const std::string&);
template option arguments::add(const std::string&, std::optional<std::string>&, const std::string&);
template option arguments::add(const std::string&, int&, const std::string&);
template option arguments::add(const std::string&, long&, const std::string&);
template option arguments::add(const std::string&, std::uint16_t&, const std::string&);
template option arguments::add(const std::string&, std::uint64_t&, const std::string&);
template option arguments::add(const std::string&, double&, const std::string&);
template option arguments::add(const std::string&, std::vector<int>&, const std::string&);
template option arguments::add(const std::string&, std::vector<std::string>&, const std::string&);

option arguments::add_read(const std::string& name, std::function<void(const std::string&)> read,
                           const std::string& about) {
  return option{app_->add_option_function<std::string>(
      name,
      [read = std::move(read)](const std::string& text) {
        try {
          read(text);
        } catch (const std::invalid_argument& e) {
          throw CLI::ValidationError{e.what()};
        }
      },
      about)};
}

option arguments::flag(const std::string& name, bool& value, const std::string& about) {
  return option{app_->add_flag(name, value, about)};
}

bool arguments::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    std::fputs(app_->help().c_str(), stdout);
    return false;
  } catch (const CLI::ParseError& e) {
    throw std::invalid_argument{std::string{e.what()} + " (--help lists the options)"};
  }
}

}  // namespace bench
