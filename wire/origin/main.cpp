#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "wire/options.hpp"
#include "wire/origin/echo_server.hpp"
#include "wire/origin/http_origin.hpp"

// contend-origin: the far side of workloads that download, and a server that does nothing but echo.
int main(int argc, char** argv) try {
  using namespace wire;
  origin::origin_options o;
  std::uint16_t port = 0;
  bool echo = false;
  pid_t parent = 0;
  bench::arguments all{
      "An HTTP/1.1 server of images on 127.0.0.1, in one thread. GET / lists them; the bytes of\n"
      "/image/<number>/<bytes> follow from this path. Prints `port <number>`, and counts at its "
      "end."};
  all.add("--port", port, "port to listen on; 0 for a free one (default)");
  wire::add_duration(all, "--latency", o.latency_ns, "from a request to its answer (default 0ms)");
  wire::add_bytes(all, "--bandwidth", o.bytes_per_s,
                  "bytes a second of each connection; 0 for no limit (default)");
  all.add("--images", o.images, "how many there are (default 100)").between(0, 1'000'000);
  wire::add_bytes(all, "--bytes", o.image_bytes,
                  "size of those that / lists (default 64KiB); any other is served as well");
  wire::add_duration(all, "--patience", o.patience_ns,
                     "for a peer that neither reads nor writes (default 60s)");
  all.flag("--echo", echo, "send back every byte instead");
  wire::add_parent(all, parent);
  if (!all.parse(argc, argv)) return 0;
  if (o.image_bytes > wire::max_image_bytes)
    throw std::invalid_argument{"--bytes: wants 1GiB at most"};

  wire::stop_signals signals{parent};
  wire::raise_descriptor_limit();
  wire::listener listener{port};
  fmt::print("port {}\n", listener.port());
  std::fflush(stdout);
  if (echo) {
    origin::serve_echo(listener, signals);
    return 0;
  }
  origin::http_origin server{o, listener};
  server.run(signals);
  fmt::print("{{\"answered\": {}, \"refused\": {}, \"turned_away\": {}, \"cpu_ns\": {}}}\n",
             server.answered(), server.refused(), listener.turned_away(), wire::cpu_ns());
} catch (const std::exception& e) {
  fmt::print(stderr, "contend-origin: {}\n", e.what());
  return 1;
}
