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

// `contend ab`: two builds or revisions, measured in interleaved pairs and judged.
void add_ab(CLI::App& app);

// `contend selftest-gate`: how often the gate cries wolf, and how often it sleeps.
void add_selftest_gate(CLI::App& app);

}  // namespace command
