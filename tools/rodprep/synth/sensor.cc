#include <cmath>

#include "synth/render.h"

namespace rod::synth {
namespace {

constexpr float kMillimetres = 150;      // of one unit of the scene
constexpr Vector3 kNothing = {0, 0, 1};  // the normal where there is no surface

std::uint8_t to_sample(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.f, 1.f) * 255 + 0.5f);
}

float screen(float linear) {
  return std::pow(std::max(linear, 0.f), 1 / 2.2f);
}

void set(image::Image& image, std::size_t i, Vector3 c) {
  image.u8()[3 * i] = to_sample(c.x);
  image.u8()[3 * i + 1] = to_sample(c.y);
  image.u8()[3 * i + 2] = to_sample(c.z);
}

Vector3 normal_colour(Vector3 n) {
  return n * 0.5f + Vector3{0.5f, 0.5f, 0.5f};
}

// Calls visit(index) for the pixels within `radius` of pixel i, itself included.
template <typename Visit>
void around(std::size_t i, std::uint32_t size, int radius, Visit visit) {
  const int side = static_cast<int>(size), x = static_cast<int>(i) % side,
            y = static_cast<int>(i) / side;
  for (int v = std::max(y - radius, 0); v <= std::min(y + radius, side - 1); ++v) {
    for (int u = std::max(x - radius, 0); u <= std::min(x + radius, side - 1); ++u)
      visit(static_cast<std::size_t>(v * side + u));
  }
}

// Millimetres as a structured-light camera would give them; 0: missing.
std::vector<float> measured_depth(const Frame& frame, Random& random) {
  const std::size_t count = frame.depth.size();
  const auto draw = [&](double low, double high) {
    return static_cast<float>(random.between(low, high));
  };
  const float noise = draw(0.7, 1.6), step = draw(0.8, 2.0);
  std::vector<float> depth(count);
  for (std::size_t i = 0; i < count; ++i) {
    float low = frame.depth[i], high = low;
    around(i, frame.size, 1, [&](std::size_t j) {
      low = std::min(low, frame.depth[j]);
      high = std::max(high, frame.depth[j]);
    });
    const bool edge = (high - low) * kMillimetres > 25, grazing = frame.normal[i].z < 0.25f;
    const float exact = frame.depth[i] * kMillimetres + noise * static_cast<float>(random.normal());
    if (frame.depth[i] > 0 && !(edge && random.chance(0.4)) && !(grazing && random.chance(0.5))) {
      depth[i] = std::round(exact / step) * step;
    }
  }
  const std::uint32_t patches = random.below(4);
  for (std::uint32_t p = 0; p < patches; ++p) {
    const auto side = static_cast<float>(frame.size);
    const float x = draw(0, side), y = draw(0, side), w = draw(0.02, 0.1) * side,
                h = draw(0.02, 0.1) * side;
    for (std::size_t i = 0; i < count; ++i) {
      const float dx = (static_cast<float>(i % frame.size) - x) / w,
                  dy = (static_cast<float>(i / frame.size) - y) / h;
      if (dx * dx + dy * dy < 1) depth[i] = 0;
    }
  }
  return depth;
}

// Gives missing samples the mean of their known neighbours, from the border inwards.
void fill(std::vector<float>& depth, std::uint32_t size) {
  for (bool missing = true, changed = true; missing && changed;) {
    missing = changed = false;
    std::vector<float> filled = depth;
    for (std::size_t i = 0; i < depth.size(); ++i) {
      if (depth[i] > 0) continue;
      missing = true;
      float sum = 0, known = 0;
      around(i, size, 1, [&](std::size_t j) {
        if (depth[j] > 0) sum += depth[j], ++known;
      });
      if (known > 0) filled[i] = sum / known, changed = true;
    }
    depth.swap(filled);
  }
}

// Averages neighbours on the same surface: a step of 20 mm stays sharp.
void smooth(std::vector<float>& depth, std::uint32_t size) {
  std::vector<float> out(depth.size());
  for (std::size_t i = 0; i < depth.size(); ++i) {
    float sum = 0, weight = 0;
    around(i, size, 2, [&](std::size_t j) {
      if (std::abs(depth[j] - depth[i]) < 20) sum += depth[j], ++weight;
    });
    out[i] = sum / weight;
  }
  depth.swap(out);
}

image::Image normals_of(const std::vector<float>& depth, std::uint32_t size, const Camera& camera) {
  image::Image out(size, size, 3, 1);
  const int side = static_cast<int>(size);
  const auto point = [&](int x, int y) {
    const int u = std::clamp(x, 0, side - 1), v = std::clamp(y, 0, side - 1);
    const float d = depth[static_cast<std::size_t>(v * side + u)];
    const auto at = [&](int pixel) {
      return (2 * static_cast<float>(pixel) + 1) / static_cast<float>(side) - 1;
    };
    return Vector3{(at(u) + camera.centre_x) / camera.focal * d,
                   (-at(v) + camera.centre_y) / camera.focal * d, -d};
  };
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const Vector3 across = point(x + 1, y) - point(x - 1, y),
                    up = point(x, y - 1) - point(x, y + 1);
      set(out, static_cast<std::size_t>(y * side + x),
          normal_colour(normalised(cross(across, up))));
    }
  }
  return out;
}

}  // namespace

std::pair<image::Image, image::Image> exact_pair(const Frame& frame) {
  image::Image rgb(frame.size, frame.size, 3, 1), normals(frame.size, frame.size, 3, 1);
  for (std::size_t i = 0; i < frame.depth.size(); ++i) {
    const Vector3 c = frame.colour[i];
    set(rgb, i, {screen(c.x), screen(c.y), screen(c.z)});
    set(normals, i, normal_colour(frame.depth[i] > 0 ? frame.normal[i] : kNothing));
  }
  return {std::move(rgb), std::move(normals)};
}

std::pair<image::Image, image::Image> sensed_pair(const Frame& frame, const Camera& camera,
                                                  Random& random) {
  const std::uint32_t size = frame.size;
  image::Image rgb(size, size, 3, 1);
  const auto blur = static_cast<float>(random.between(0.05, 0.45)),
             noise = static_cast<float>(random.between(0.01, 0.04));
  const auto dark_corners = static_cast<float>(random.between(0, 0.25));
  for (std::size_t i = 0; i < frame.colour.size(); ++i) {
    Vector3 sum;
    float weight = 0;
    around(i, size, 1, [&](std::size_t j) {
      const float w = j == i ? 1 : blur / 4;
      sum = sum + frame.colour[j] * w;
      weight += w;
    });
    const float half = 0.5f * static_cast<float>(size);
    const float dx = static_cast<float>(i % size) / half - 1,
                dy = static_cast<float>(i / size) / half - 1;
    const Vector3 c = sum * ((1 - dark_corners * (dx * dx + dy * dy)) / weight);
    const auto sensed = [&](float x) {
      return screen(x) + noise * static_cast<float>(random.normal());
    };
    const float red = sensed(c.x), green = sensed(c.y), blue = sensed(c.z);
    set(rgb, i, {red, green, blue});
  }
  std::vector<float> depth = measured_depth(frame, random);
  fill(depth, size);
  smooth(depth, size);
  return {std::move(rgb), normals_of(depth, size, camera)};
}

}  // namespace rod::synth
