#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "bench/command/common/binaries.hpp"
#include "bench/command/common/commands.hpp"

namespace command {

void add_serve(CLI::App& app) {
  auto* serve = app.add_subcommand(
      "serve", "The HTTP server of mixed/serve by hand, for curl, wrk or a browser");
  // The program beside us, which knows the models, has the options.
  serve->set_help_flag();
  serve->prefix_command();
  serve->callback([serve] {
    auto words = serve->remaining();
    words.insert(words.begin(), (own_folder() / "contend-serve").string());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv.front(), argv.data());
    throw std::system_error{errno, std::generic_category(), words.front()};
  });
}

}  // namespace command
