#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/contract/workload.hpp"
#include "workloads/kernels/checksum.hpp"
#include "workloads/kernels/enhance_kernel.hpp"
#include "workloads/kernels/image.hpp"
#include "workloads/kernels/night_scene.hpp"

namespace workloads {

// A dark photo is brightened, a task for each tile: what vectorising the kernel gives, and what
// parallelism adds to either form. docs/enhance.md says what a pixel goes through.
struct enhance {
  static constexpr std::string_view about =
      "low-light enhancement of a photo, a task for each tile";

  struct input {
    int width;
    int height;
    int tile;
    bool vectorised;
    std::string image{};  // a file; empty: the night scene
    std::string save{};   // where the result goes; empty: nowhere
  };
  static std::vector<bench::knob> knobs() {
    return {{"image", "", "a JPEG or PNG photo to enhance in place of the painted night scene"},
            {"save", "", "a PNG file that the enhanced photo is written to, outside the clock"}};
  }

  static std::vector<input> sizes(bench::profile p, const bench::settings& s) {
    input in{4000, 3000, 256, false, knob(s, "image"), knob(s, "save")};
    if (!in.image.empty()) {
      const auto photo = load_image(in.image);
      in.width = photo.width;
      in.height = photo.height;
    } else if (p == bench::profile::quick) {
      in.width = 640;
      in.height = 480;
    } else if (p == bench::profile::smallest) {
      in.width = 160;
      in.height = 120;
      in.tile = 64;
    }
    std::vector<input> both{in, in};
    both[1].vectorised = true;
    return both;
  }
  static std::string knob(const bench::settings& s, const std::string& key) {
    const auto found = s.extra.find(key);
    return found == s.extra.end() ? "" : found->second;
  }
  static bench::params describe(const input& in) {
    return {{"size", std::to_string(in.width) + "x" + std::to_string(in.height)},
            {"tile", std::to_string(in.tile)},
            {"kernel", in.vectorised ? "vector" : "scalar"}};
  }
  static bench::demand demand(const input& in) {
    const long tiles = static_cast<long>(tiles_of(in).size());
    return {.tasks = tiles, .live = tiles, .parked = 0};
  }
  static std::vector<tile> tiles_of(const input& in) {
    std::vector<tile> tiles;
    for (int y = 0; y < in.height; y += in.tile)
      for (int x = 0; x < in.width; x += in.tile)
        tiles.push_back({x, y, std::min(in.tile, in.width - x), std::min(in.tile, in.height - y)});
    return tiles;
  }

  static image source(const input& in) {
    return in.image.empty() ? night_scene(in.width, in.height) : load_image(in.image);
  }
  // The scalar kernel over the whole photo, undivided.
  static std::uint64_t expected(const input& in) {
    const auto photo = source(in);
    std::vector<std::uint8_t> out(photo.pixels.size());
    enhance_scalar({photo.pixels.data(), in.width, in.height}, out.data(),
                   {0, 0, in.width, in.height});
    return checksum(std::span{out});
  }

  template <class M>
  struct setup {
    setup(M& m, const input& in)
        : in{in},
          tiles{tiles_of(in)},
          pixels{m.template buffer<std::uint8_t>(bytes(in))},
          out{m.template buffer<std::uint8_t>(bytes(in))} {
      const auto photo = source(in);
      std::ranges::copy(photo.pixels, pixels.begin());
    }
    static std::size_t bytes(const input& in) { return std::size_t{3} * in.width * in.height; }
    picture photo() const { return {pixels.data(), in.width, in.height}; }
    void reset() { std::ranges::fill(out, std::uint8_t{0}); }
    std::uint64_t answer(bool) {
      if (!in.save.empty()) save_png(in.save, in.width, in.height, out);
      in.save.clear();  // once is enough
      return checksum(std::span<std::uint8_t>{out});
    }

    input in;
    std::vector<tile> tiles;
    bench::buffer<std::uint8_t> pixels, out;
  };

  [[gnu::noinline]] static void kernel(bool vectorised, picture in, std::uint8_t* out, tile part) {
    vectorised ? enhance_vectorised(in, out, part) : enhance_scalar(in, out, part);
  }
  static bool floor(setup<bench::no_model>& s) {
    for (const auto& part : s.tiles) kernel(s.in.vectorised, s.photo(), s.out.data(), part);
    return true;
  }

  struct direct {
    template <class M>
    static void task(M&, bool vectorised, picture in, std::uint8_t* out, tile part) {
      return kernel(vectorised, in, out, part);
    }
    template <class M>
    static bool run(M& m, setup<M>& s) {
      auto group = m.group();
      for (const auto& part : s.tiles)
        group.spawn(bench::fn<task<M>>, s.in.vectorised, s.photo(), s.out.data(), part);
      group.join();
      return true;
    }
  };

  struct coroutine {
    template <class M>
    static bench::task_of<M, void> task(M&, bool vectorised, picture in, std::uint8_t* out,
                                        tile part) {
      co_return kernel(vectorised, in, out, part);
    }
    template <class M>
    static bench::task_of<M, bool> run(M& m, setup<M>& s) {
      auto group = m.group();
      for (const auto& part : s.tiles)
        group.spawn(bench::fn<task<M>>, s.in.vectorised, s.photo(), s.out.data(), part);
      co_await group.join();
      co_return true;
    }
  };
};

}  // namespace workloads
