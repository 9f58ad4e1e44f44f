#include "trainer/input/depth_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace rod::trainer {
namespace {

constexpr double kFocalLength = 570.3;  // pixels, of image::Intrinsics
constexpr std::int64_t kReach = 2;      // of the medians' windows
constexpr std::int64_t kWindow = (2 * kReach + 1) * (2 * kReach + 1);
constexpr int kUnknown = 1 << 16;           // beyond all depths
constexpr std::int64_t kImagesAtATime = 8;  // so that the windows of all their pixels fit in memory

// Whether a pixel's window has a known depth. [B,H,W] bool -> the same.
torch::Tensor near_known(const torch::Tensor& known) {
  return torch::max_pool2d(known.to(torch::kFloat).unsqueeze(1), 2 * kReach + 1, /*stride=*/1,
                           kReach)
             .squeeze(1) > 0;
}

// Each pass fills the pixels next to known ones by their windows' medians, of two middle depths the
// nearer, and sees only what earlier passes have filled. [B,H,W] i32.
torch::Tensor fill_missing(const torch::Tensor& depth) {
  torch::Tensor padded = torch::constant_pad_nd(depth, {kReach, kReach, kReach, kReach}, 0);
  const torch::Tensor filled =
      padded.slice(1, kReach, kReach + depth.size(1)).slice(2, kReach, kReach + depth.size(2));
  const std::int64_t width = padded.size(2);
  std::vector<std::int64_t> steps;  // from a window's first pixel to each of its pixels
  for (std::int64_t y = 0; y <= 2 * kReach; ++y) {
    for (std::int64_t x = 0; x <= 2 * kReach; ++x) steps.push_back(y * width + x);
  }
  const torch::Tensor offsets = torch::tensor(steps).to(depth.device());
  const torch::Tensor flat = padded.view({-1});
  for (;;) {
    const torch::Tensor known = filled > 0;
    const torch::Tensor at = (known.logical_not() & near_known(known)).nonzero();  // [K,3]
    if (at.size(0) == 0) return filled;
    const torch::Tensor first =
        (at.select(1, 0) * padded.size(1) + at.select(1, 1)) * width + at.select(1, 2);
    const torch::Tensor windows =
        flat.index_select(0, (first.unsqueeze(1) + offsets).view({-1})).view({-1, kWindow});
    const torch::Tensor missing = windows == 0;
    const torch::Tensor sorted =
        std::get<0>(windows.masked_fill(missing, kUnknown).sort(/*dim=*/1));
    const torch::Tensor middle =
        (kWindow - 1 - missing.sum(1, /*keepdim=*/true)).bitwise_right_shift(torch::Scalar(1));
    flat.index_copy_(0, first + (kReach * width + kReach), sorted.gather(1, middle).squeeze(1));
  }
}

// The values `by` places further along a dimension; at the border those of the border.
torch::Tensor shifted(const torch::Tensor& x, std::int64_t dim, std::int64_t by) {
  const std::int64_t last = x.size(dim) - 1;
  const torch::Tensor index =
      (torch::arange(x.size(dim), x.options().dtype(torch::kLong)) + by).clamp(0, last);
  return x.index_select(dim, index);
}

// To the nearest whole number, halves away from zero as std::lround. Requires: x >= 0.
torch::Tensor round_half_up(const torch::Tensor& x) {
  const torch::Tensor whole = x.floor();
  return whole + (x - whole >= .5);
}

// In double and operation by operation as image::surface_normals(), to the last bit.
torch::Tensor normals(const torch::Tensor& filled) {
  const torch::Tensor d = filled.to(torch::kDouble);
  const auto line = [&](std::int64_t size) {
    return torch::arange(size, d.options()) + -.5 * double(size - 1);
  };
  // A tensor on the device: by a number a GPU would multiply by its inverse instead.
  const torch::Tensor focal_length = torch::full({}, kFocalLength, d.options());
  const torch::Tensor x = line(d.size(2)).view({1, 1, -1}) * d / focal_length,
                      y = -line(d.size(1)).view({1, -1, 1}) * d / focal_length, z = -d;
  const auto across = [](const torch::Tensor& p) { return shifted(p, 2, 1) - shifted(p, 2, -1); };
  const auto upwards = [](const torch::Tensor& p) { return shifted(p, 1, -1) - shifted(p, 1, 1); };
  const torch::Tensor ax = across(x), ay = across(y), az = across(z);
  const torch::Tensor bx = upwards(x), by = upwards(y), bz = upwards(z);
  const torch::Tensor nx = ay * bz - az * by, ny = az * bx - ax * bz, nz = ax * by - ay * bx;
  const torch::Tensor length = (nx * nx + ny * ny + nz * nz).sqrt();
  const torch::Tensor has_direction = length > 0;
  const auto level = [&](const torch::Tensor& n, double otherwise) {
    const torch::Tensor unit =
        torch::where(has_direction, n / length, torch::full_like(length, otherwise));
    return round_half_up(((unit + 1) * 127.5).clamp(0, 255));
  };
  return torch::stack({level(nx, 0), level(ny, 0), level(nz, 1)}, 3).to(torch::kByte);
}

// [B,H,W] f64, 0 at the nearest to 1 at the farthest; 0 where all is at one distance.
torch::Tensor relative_depth(const torch::Tensor& filled) {
  const torch::Tensor d = filled.to(torch::kDouble);
  const torch::Tensor nearest = d.amin({1, 2}, /*keepdim=*/true);
  const torch::Tensor range = d.amax({1, 2}, /*keepdim=*/true) - nearest;
  return (d - nearest) / range.clamp_min(1);
}

torch::Tensor jet(const torch::Tensor& relative) {
  const torch::Tensor four = 4 * (1 - relative);
  const auto channel = [&](double centre) {
    return round_half_up((1.5 - (four - centre).abs()).clamp(0, 1) * 255);
  };
  return torch::stack({channel(3), channel(2), channel(1)}, 3).to(torch::kByte);
}

torch::Tensor colour(const torch::Tensor& filled, DepthInput input) {
  if (input == DepthInput::kNormals) return normals(filled);
  const torch::Tensor relative = relative_depth(filled);
  if (input == DepthInput::kJet) return jet(relative);
  return round_half_up(relative * 255).to(torch::kByte).unsqueeze(3).expand({-1, -1, -1, 3});
}

}  // namespace

DepthInput depth_input_from_name(const std::string& name) {
  if (name == "stored") return DepthInput::kStored;
  if (name == "normals") return DepthInput::kNormals;
  if (name == "gray") return DepthInput::kGray;
  if (name == "jet") return DepthInput::kJet;
  throw Error(ErrorKind::kUsage, fmt::format("--depth-input {}: take normals, gray or jet", name));
}

TrainConfig with_depth_input(TrainConfig config, const shard::PixelFormat& pixels) {
  const bool is_stored = depth_input_from_name(config.depth_input) == DepthInput::kStored;
  if (pixels.depth == shard::DepthKind::kRaw16 && config.modality != "rgb") {
    if (is_stored) config.depth_input = "normals";
    return config;
  }
  if (is_stored) return config;
  throw Error(ErrorKind::kUsage,
              fmt::format("--depth-input {} converts 16-bit depth, and {}; leave the option out",
                          config.depth_input,
                          config.modality == "rgb" ? "--modality rgb takes none"
                                                   : "the data set stores none"));
}

torch::Tensor colour_depth(const torch::Tensor& depth, DepthInput input) {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> coloured;
  for (std::int64_t first = 0; first < depth.size(0); first += kImagesAtATime) {
    const std::int64_t count = std::min(kImagesAtATime, depth.size(0) - first);
    const torch::Tensor millimetres =
        depth.narrow(0, first, count).to(torch::kInt).bitwise_and(torch::Scalar(0xFFFF));
    coloured.push_back(colour(fill_missing(millimetres), input));
  }
  return torch::cat(coloured);
}

}  // namespace rod::trainer
