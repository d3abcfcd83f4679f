#include "models/support/processes/remote_failure.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <string_view>
#include <typeinfo>

namespace models::support {
namespace {

void copy(std::span<char> to, std::string_view from) noexcept {
  const auto n = std::min(from.size(), to.size() - 1);
  std::memcpy(to.data(), from.data(), n);
  to[n] = '\0';
}

void copy_type_name(std::span<char> to, const std::type_info* type) noexcept {
  if (type == nullptr) return copy(to, "foreign exception");
  int error = 0;
  char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &error);
  copy(to, error == 0 ? readable : type->name());
  std::free(readable);
}

}  // namespace

void remote_failure::capture() noexcept {
  copy_type_name(kind, abi::__cxa_current_exception_type());
  try {
    throw;
  } catch (const remote_error& e) {  // from further down: it keeps its first name
    copy(kind, e.kind());
    copy(message, e.what());
  } catch (const std::exception& e) {
    copy(message, e.what());
  } catch (...) {
    copy(message, "a task threw what is no std::exception");
  }
}

void remote_failure::rethrow() const { throw remote_error{kind, message}; }

}  // namespace models::support
