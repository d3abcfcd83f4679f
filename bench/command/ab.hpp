#pragma once

namespace CLI {
class App;
}

namespace command {

// `contend ab`: two builds or revisions, measured in interleaved pairs and judged.
void add_ab(CLI::App& app);

// `contend selftest-gate`: how often the gate cries wolf, and how often it sleeps.
void add_selftest_gate(CLI::App& app);

}  // namespace command
