#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "bench/origin/echo_server.hpp"
#include "bench/origin/http_origin.hpp"
#include "bench/peers/options.hpp"

// contend-origin: the far side of workloads that download, and a server that does nothing but echo.
int main(int argc, char** argv) try {
  using namespace bench;
  origin::origin_options o;
  std::uint16_t port = 0;
  bool echo = false;
  pid_t parent = 0;
  arguments all{
      "An HTTP/1.1 server of images on 127.0.0.1, in one thread. GET / lists them; the bytes of\n"
      "/image/<number>/<bytes> follow from this path. Prints `port <number>`, and counts at its "
      "end."};
  all.add("--port", port, "port to listen on; 0 for a free one (default)");
  peers::add_duration(all, "--latency", o.latency_ns, "from a request to its answer (default 0ms)");
  peers::add_bytes(all, "--bandwidth", o.bytes_per_s,
                   "bytes a second of each connection; 0 for no limit (default)");
  all.add("--images", o.images, "how many there are (default 100)").between(0, 1'000'000);
  peers::add_bytes(all, "--bytes", o.image_bytes,
                   "size of those that / lists (default 64KiB); any other is served as well");
  peers::add_duration(all, "--patience", o.patience_ns,
                      "for a peer that neither reads nor writes (default 60s)");
  all.flag("--echo", echo, "send back every byte instead");
  peers::add_parent(all, parent);
  if (!all.parse(argc, argv)) return 0;
  if (o.image_bytes > peers::max_image_bytes)
    throw std::invalid_argument{"--bytes: wants 1GiB at most"};

  peers::stop_signals signals{parent};
  peers::raise_descriptor_limit();
  peers::listener listener{port};
  fmt::print("port {}\n", listener.port());
  std::fflush(stdout);
  if (echo) {
    origin::serve_echo(listener, signals);
    return 0;
  }
  origin::http_origin server{o, listener};
  server.run(signals);
  fmt::print("{{\"answered\": {}, \"refused\": {}, \"turned_away\": {}, \"cpu_ns\": {}}}\n",
             server.answered(), server.refused(), listener.turned_away(), peers::cpu_ns());
} catch (const std::exception& e) {
  fmt::print(stderr, "contend-origin: {}\n", e.what());
  return 1;
}
