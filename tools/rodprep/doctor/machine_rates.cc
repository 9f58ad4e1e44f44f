#include <time.h>

#include <cstring>
#include <span>
#include <vector>

#include "base/random.h"
#include "doctor/machine_state.h"
#include "image/decode.h"
#include "image/png.h"
#include "shard/codec.h"
#include "synth/render.h"
#include "synth/scene.h"

namespace rod::doctor {
namespace {

constexpr double kSeconds = 0.2;

// Of this thread alone, so that other processes on the machine don't count.
double core_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

// The mean of as many runs as fit the time, after one that warms up.
template <typename Work>
double seconds_per_run(Work work) {
  work();
  const double start = core_seconds();
  double elapsed = 0;
  int runs = 0;
  do {
    work();
    ++runs;
    elapsed = core_seconds() - start;
  } while (elapsed < kSeconds);
  return elapsed / runs;
}

}  // namespace

MachineRates measure_rates(std::uint32_t size) {
  const synth::Scene scene =
      synth::target_scene({/*seed=*/1, /*label=*/0, /*model=*/0, /*sample=*/0});
  Random sensor(1, 0, 0);
  const auto [rgb, depth] = synth::sensed_pair(synth::render(scene, size), scene.camera, sensor);
  const auto rgb_png = image::encode_png(rgb), depth_png = image::encode_png(depth);

  MachineRates rates;
  rates.decode_png = seconds_per_run([&] {
    image::decode_rgb(rgb_png);
    image::decode_depth(depth_png);
  });
  const auto encoder = shard::Codec::kZstd->make_encoder({});
  const auto decoder = shard::Codec::kZstd->make_decoder();
  const shard::StoredImage rgb_shape{size, size, 3, false}, depth_shape{size, size, 3, true};
  std::vector<std::byte> rgb_stored, depth_stored;
  rates.encode_zstd = seconds_per_run([&, &rgb = rgb, &depth = depth] {
    rgb_stored.clear();
    depth_stored.clear();
    encoder->encode(rgb.bytes, rgb_shape, rgb_stored);
    encoder->encode(depth.bytes, depth_shape, depth_stored);
  });
  std::vector<std::byte> pixels(rgb.bytes.size());
  rates.decode_zstd = seconds_per_run([&] {
    decoder->decode(rgb_stored, rgb_shape, pixels);
    decoder->decode(depth_stored, depth_shape, pixels);
  });
  // Places that the caches don't hold, as in a data set that is much larger than they are.
  const std::vector<std::byte> data(std::max<std::size_t>(64 << 20, 2 * pixels.size()));
  std::size_t at = 0;
  rates.copy_raw = seconds_per_run([&] {
    for (int image = 0; image < 2; ++image, at += pixels.size()) {
      if (at + pixels.size() > data.size()) at = 0;
      std::memcpy(pixels.data(), data.data() + at, pixels.size());
    }
  });
  return rates;
}

}  // namespace rod::doctor
