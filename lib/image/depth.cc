#include "image/depth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"

namespace rod::image {
namespace {

constexpr std::string_view kComponents = "xyz";

struct Vector {
  double x = 0, y = 0, z = 0;

  Vector operator-(const Vector& o) const { return {x - o.x, y - o.y, z - o.z}; }
};

Vector cross(const Vector& a, const Vector& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kUsage, what);
}

// "1,2.5": numbers with commas between; nothing when it is anything else.
std::optional<std::vector<double>> numbers_of(std::string_view text) {
  std::vector<double> numbers;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  for (;;) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const std::optional<double> number = take_number(text);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    if (text.empty()) return numbers;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
}

// Calls `visit(index)` for each pixel of the 5x5 around (y, x) that the image has.
template <typename Visit>
void for_each_near(const Image& image, std::size_t y, std::size_t x, Visit visit) {
  constexpr std::size_t kReach = 2;
  const std::size_t bottom = std::min<std::size_t>(y + kReach, image.height - 1);
  const std::size_t right = std::min<std::size_t>(x + kReach, image.width - 1);
  for (std::size_t v = y - std::min(y, kReach); v <= bottom; ++v) {
    for (std::size_t u = x - std::min(x, kReach); u <= right; ++u) visit(v * image.width + u);
  }
}

// The median of the known depths around (y, x); of two middle ones the nearer. 0: none is known.
std::uint16_t median_around(const Image& depth, std::size_t y, std::size_t x) {
  std::array<std::uint16_t, 25> known;
  std::size_t count = 0;
  for_each_near(depth, y, x, [&](std::size_t n) {
    if (const std::uint16_t mm = depth.u16()[n]; mm != 0) known[count++] = mm;
  });
  if (count == 0) return 0;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>((count - 1) / 2);
  std::nth_element(known.begin(), middle, known.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

std::uint8_t level(double component, bool absolute) {
  const double value = absolute ? 255 * std::abs(component) : 127.5 * (component + 1);
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

}  // namespace

std::string NormalsRecipe::axes_text() const {
  std::string order;
  for (const Axis& axis : axes) {
    if (axis.sign < 0) order += '-';
    order += kComponents[static_cast<std::size_t>(axis.component)];
  }
  return order;
}

std::string NormalsRecipe::camera_text() const {
  return fmt::format("{},{},{},{}", camera.fx, camera.fy, camera.cx, camera.cy);
}

NormalsRecipe parse_normals_recipe(const std::string& axes, const std::string& scale,
                                   const std::string& camera) {
  NormalsRecipe recipe;
  std::size_t at = 0, used = 0;
  bool fine = true;
  for (NormalsRecipe::Axis& axis : recipe.axes) {
    axis.sign = at < axes.size() && axes[at] == '-' ? -1 : 1;
    if (axis.sign < 0) ++at;
    const auto component = at < axes.size() ? kComponents.find(axes[at++]) : kComponents.npos;
    fine = fine && component != kComponents.npos && (used >> component & 1) == 0;
    if (!fine) break;
    axis.component = static_cast<int>(component);
    used |= std::size_t{1} << component;
  }
  if (!fine || at != axes.size()) {
    refuse(
        fmt::format("--normals-axes '{}': expected x, y and z in some order, each with an optional "
                    "`-`, such as "
                    "xyz or zy-x",
                    axes));
  }
  if (scale != "signed" && scale != "absolute") {
    refuse(fmt::format("--normals-scale '{}': expected signed or absolute", scale));
  }
  recipe.absolute = scale == "absolute";
  const auto numbers = numbers_of(camera);
  if (!numbers || numbers->size() != 4 || (*numbers)[0] <= 0 || (*numbers)[1] <= 0) {
    refuse(fmt::format(
        "--intrinsics '{}': expected FX,FY,CX,CY in pixels, such as 570.3,570.3,320,240", camera));
  }
  recipe.camera = {(*numbers)[0], (*numbers)[1], (*numbers)[2], (*numbers)[3]};
  return recipe;
}

std::optional<CropCorner> parse_crop_corner(const std::string& text) {
  const auto numbers = numbers_of(text);
  if (!numbers || numbers->size() != 2) return std::nullopt;
  return CropCorner{(*numbers)[0] - 1, (*numbers)[1] - 1};
}

Image fill_missing_depth(const Image& depth) {
  Image filled = depth;
  const std::size_t width = depth.width;
  std::vector<std::size_t> candidates;
  for (std::size_t n = 0; n < depth.height * width; ++n) {
    if (depth.u16()[n] == 0) candidates.push_back(n);
  }
  // Each pass sees only what the passes before it have filled; after the first, only what lies near
  // that can change.
  std::vector<bool> queued(depth.height * width);
  std::vector<std::pair<std::size_t, std::uint16_t>> found;
  while (!candidates.empty()) {
    found.clear();
    for (const std::size_t n : candidates) {
      queued[n] = false;
      if (const std::uint16_t mm = median_around(filled, n / width, n % width); mm != 0)
        found.emplace_back(n, mm);
    }
    candidates.clear();
    for (const auto& [n, mm] : found) filled.u16()[n] = mm;
    for (const auto& [n, mm] : found) {
      for_each_near(filled, n / width, n % width, [&](std::size_t near) {
        if (filled.u16()[near] != 0 || queued[near]) return;
        queued[near] = true;
        candidates.push_back(near);
      });
    }
  }
  return filled;
}

std::variant<Image, Reject> surface_normals(const Image& depth, const NormalsRecipe& recipe,
                                            const std::optional<CropCorner>& corner) {
  if (depth.height < 2 || depth.width < 2) {
    return Reject{
        fmt::format("depth of {}x{} pixels has no surface normals", depth.width, depth.height)};
  }
  const std::size_t count = std::size_t{depth.height} * depth.width;
  if (std::all_of(depth.u16(), depth.u16() + count, [](std::uint16_t mm) { return mm == 0; })) {
    return Reject{"depth is missing in every pixel"};
  }
  const Image filled = fill_missing_depth(depth);
  const Intrinsics& camera = recipe.camera;
  const double left = corner ? corner->left - camera.cx : -0.5 * (depth.width - 1);
  const double top = corner ? corner->top - camera.cy : -0.5 * (depth.height - 1);
  // x to the right, y upwards, z towards the camera.
  const auto point = [&](std::uint32_t v, std::uint32_t u) {
    const double d = filled.u16()[std::size_t{v} * depth.width + u];
    return Vector{(u + left) * d / camera.fx, -(v + top) * d / camera.fy, -d};
  };

  Image normals(depth.height, depth.width, 3, 1);
  std::uint8_t* out = normals.u8();
  for (std::uint32_t v = 0; v < depth.height; ++v) {
    // At the border the difference is to one side only.
    const std::uint32_t above = v == 0 ? 0 : v - 1, below = std::min(v + 1, depth.height - 1);
    for (std::uint32_t u = 0; u < depth.width; ++u) {
      const std::uint32_t before = u == 0 ? 0 : u - 1, after = std::min(u + 1, depth.width - 1);
      const Vector n = cross(point(v, after) - point(v, before), point(above, u) - point(below, u));
      const double length = std::sqrt(n.x * n.x + n.y * n.y + n.z * n.z);
      const double unit[3] = {length > 0 ? n.x / length : 0, length > 0 ? n.y / length : 0,
                              length > 0 ? n.z / length : 1};
      for (const NormalsRecipe::Axis& axis : recipe.axes) {
        *out++ = level(axis.sign * unit[axis.component], recipe.absolute);
      }
    }
  }
  return normals;
}

std::optional<std::uint16_t> to_millimetres(double value, double metres) {
  if (!(value > 0)) return std::uint16_t{0};
  const double millimetres = std::round(value * metres * 1000);
  if (millimetres > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(millimetres);
}

Reject too_far(double metres, std::size_t y, std::size_t x) {
  return Reject{
      fmt::format("depth of {:g} m at row {}, column {}, at most 65.535 m fit into 16-bit "
                  "millimetres; give the "
                  "unit of these files by --depth-scale",
                  metres, y, x)};
}

std::optional<Reject> scale_to_millimetres(Image& depth, double metres) {
  for (std::size_t n = 0; n < std::size_t{depth.height} * depth.width; ++n) {
    std::uint16_t& value = depth.u16()[n];
    const auto scaled = to_millimetres(value, metres);
    if (!scaled) return too_far(value * metres, n / depth.width, n % depth.width);
    value = *scaled;
  }
  return std::nullopt;
}

}  // namespace rod::image
