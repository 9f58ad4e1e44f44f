// NPY, NumPy's file of one array: depth of U16 [H,W], or of F32 [H,W] metres.
// Source: numpy.lib.format, versions 1.0 to 3.0.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/depth.h"
#include "image/image_format.h"

namespace rod::image {
namespace {

constexpr std::string_view kNpyMark = "\x93NUMPY";

struct NpyArray {
  std::size_t data = 0;  // offset
  bool floats = false, big_endian = false, by_columns = false;
};

// The header's text, a Python dictionary with three known keys, read from left to right.
class NpyText {
 public:
  explicit NpyText(std::string_view text) : left_(text) {}

  bool take(char c) {
    skip_spaces();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    skip_spaces();
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string> quoted() {
    for (const char quote : {'\'', '"'}) {
      if (!take(quote)) continue;
      const std::size_t end = left_.find(quote);
      if (end == left_.npos) return std::nullopt;
      std::string text(left_.substr(0, end));
      left_.remove_prefix(end + 1);
      return text;
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> side() {
    skip_spaces();
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (; digits < left_.size() && '0' <= left_[digits] && left_[digits] <= '9'; ++digits) {
      value = 10 * value + static_cast<std::uint64_t>(left_[digits] - '0');
      if (value > 0x7FFFFFFF) return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    left_.remove_prefix(digits);
    return static_cast<std::uint32_t>(value);
  }

  bool at_end() {
    skip_spaces();
    return left_.empty();
  }

 private:
  void skip_spaces() {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\n')) {
      left_.remove_prefix(1);
    }
  }

  std::string_view left_;
};

struct NpyFacts {
  std::optional<std::string> type;
  std::optional<bool> by_columns;
  std::optional<std::vector<std::uint32_t>> shape;
};

std::optional<std::vector<std::uint32_t>> take_shape(NpyText& text) {
  std::vector<std::uint32_t> sides;
  if (!text.take('(')) return std::nullopt;
  while (!text.take(')')) {
    const auto side = text.side();
    if (!side || sides.size() == 32) return std::nullopt;
    sides.push_back(*side);
    if (!text.take(',')) {
      if (!text.take(')')) return std::nullopt;
      break;
    }
  }
  return sides;
}

// Nothing for a text that is not such a dictionary.
std::optional<NpyFacts> parse_npy(std::string_view header) {
  NpyText text(header);
  NpyFacts facts;
  if (!text.take('{')) return std::nullopt;
  while (!text.take('}')) {
    const auto key = text.quoted();
    if (!key || !text.take(':')) return std::nullopt;
    if (*key == "descr" && !facts.type) {
      facts.type = text.quoted();
      if (!facts.type) return std::nullopt;
    } else if (*key == "fortran_order" && !facts.by_columns) {
      const bool yes = text.take("True");
      if (!yes && !text.take("False")) return std::nullopt;
      facts.by_columns = yes;
    } else if (*key == "shape" && !facts.shape) {
      facts.shape = take_shape(text);
      if (!facts.shape) return std::nullopt;
    } else {
      return std::nullopt;
    }
    if (!text.take(',')) {
      if (!text.take('}')) return std::nullopt;
      break;
    }
  }
  const bool all = facts.type && facts.by_columns && facts.shape && text.at_end();
  return all ? std::optional(facts) : std::nullopt;
}

bool looks_like_npy(std::span<const std::byte> data) {
  return data.size() >= kNpyMark.size() &&
         std::memcmp(data.data(), kNpyMark.data(), kNpyMark.size()) == 0;
}

std::variant<ImageHeader, Reject> check_npy(std::span<const std::byte> data) {
  const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(data[at]); };
  if (data.size() < 12) return Reject{"NPY is truncated in its header"};
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) {
    return Reject{fmt::format("NPY of version {}, expected 1 to 3", version)};
  }
  const std::size_t start = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > data.size() - start) return Reject{"NPY is truncated in its header"};
  const auto facts = parse_npy({reinterpret_cast<const char*>(data.data()) + start, length});
  if (!facts) return Reject{"NPY has a header that is not NumPy's for one array of numbers"};

  NpyArray array;
  const std::string& type = *facts->type;
  array.big_endian = type.starts_with('>');
  array.floats = type == "<f4" || type == ">f4";
  if (!array.floats && type != "<u2" && type != ">u2") {
    return Reject{
        fmt::format("NPY of type '{}', expected '<u2' (uint16) or '<f4' (float32 metres)", type)};
  }
  array.by_columns = *facts->by_columns;
  if (facts->shape->size() != 2) {
    return Reject{
        fmt::format("NPY of {} dimensions, expected 2: height and width", facts->shape->size())};
  }
  const std::uint32_t height = facts->shape->front(), width = facts->shape->back();
  if (height == 0 || width == 0)
    return Reject{fmt::format("NPY claims {}x{} pixels", width, height)};
  array.data = start + length;
  const unsigned sample_bytes = array.floats ? 4 : 2;
  const std::uint64_t pixels = (data.size() - array.data) / sample_bytes;
  // By division, as the product may not fit.
  if ((data.size() - array.data) % sample_bytes != 0 || pixels / width != height ||
      pixels % width != 0) {
    return Reject{fmt::format("NPY has {} bytes of pixels, expected {}x{}x{}",
                              data.size() - array.data, height, width, sample_bytes)};
  }
  return ImageHeader{width, height, 8 * sample_bytes, 1, array};
}

Decoded decode_npy(std::span<const std::byte> data, const ImageHeader& header,
                   const DecodeOptions& options) {
  const auto& array = std::any_cast<const NpyArray&>(header.details);
  const std::size_t sample_bytes = header.bits / 8;
  const double metres = options.depth_scale > 0 ? options.depth_scale : 1;
  Image image(header.height, header.width, 1, 2);
  for (std::size_t y = 0; y < header.height; ++y) {
    for (std::size_t x = 0; x < header.width; ++x) {
      const std::size_t n = array.by_columns ? x * header.height + y : y * header.width + x;
      const std::byte* const from = data.data() + array.data + n * sample_bytes;
      std::uint32_t bits = 0;
      for (std::size_t k = 0; k < sample_bytes; ++k) {
        bits = bits << 8 |
               std::to_integer<std::uint32_t>(from[array.big_endian ? k : sample_bytes - 1 - k]);
      }
      std::uint16_t& out = image.u16()[y * header.width + x];
      if (!array.floats) {
        out = static_cast<std::uint16_t>(bits);
        continue;
      }
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      const auto millimetres = to_millimetres(value, metres);
      if (!millimetres) return too_far(value * metres, y, x);
      out = *millimetres;
    }
  }
  return image;
}

}  // namespace

extern const ImageFormat kNpyFormat = {"NPY", looks_like_npy, check_npy, decode_npy};

}  // namespace rod::image
