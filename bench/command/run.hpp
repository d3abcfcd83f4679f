#pragma once

namespace CLI {
class App;
}

namespace command {

// `contend run`: measures the cells of a selection, each sample in a fresh process.
void add_run(CLI::App& app);

// `contend list`: what there is to measure, and why a cell is not there.
void add_list(CLI::App& app);

// `contend doctor`: what will disturb a measurement here.
void add_doctor(CLI::App& app);

// `contend serve`: becomes contend-serve.
void add_serve(CLI::App& app);

}  // namespace command
