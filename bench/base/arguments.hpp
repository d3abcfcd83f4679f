#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bench {

// The options of a program, read by CLI11: a file that includes that takes seconds to compile, one
// that includes this does not.
class arguments {
 public:
  class option {
   public:
    explicit option(CLI::Option* of) : of_{of} {}
    option& between(long least, long most);
    option& between_numbers(double least, double most);
    option& positive();
    option& not_negative();
    option& one_of(const std::vector<std::string>& names);
    option& required();
    option& excludes(const option& other);
    option& type_name(const std::string& name);
    option& shows_default();

   private:
    CLI::Option* of_;
  };

  // `about` is the first of what --help prints; without it, there is no --help.
  explicit arguments(const std::string& about = {}, const std::string& program = {});
  ~arguments();

  // An option with a value. Of text (also where there may be none) and of the standard's numbers;
  // a vector of numbers is a list, 1,2,3; one of texts is given piece by piece.
  template <class T>
  option add(const std::string& name, T& value, const std::string& about = {});
  // One whose text `read` takes; std::invalid_argument says what is wrong with it.
  option add_read(const std::string& name, std::function<void(const std::string&)> read,
                  const std::string& about);
  // One without a value: true where it is given, or false where the name begins with an `!`.
  option flag(const std::string& name, bool& value, const std::string& about = {});

  // False after --help. Throws std::invalid_argument with one line that says what is wrong.
  [[nodiscard]] bool parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace bench
