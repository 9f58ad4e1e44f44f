#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "image/image_structure.h"

namespace rod::image {
namespace {

constexpr unsigned kStartOfImage = 0xD8, kEndOfImage = 0xD9, kStartOfScan = 0xDA,
                   kProgressiveFrame = 0xC2;
constexpr unsigned kMaxScans = 100;  // encoders write about 10; only a bomb has more

unsigned byte_at(std::span<const std::byte> data, std::size_t at) {
  return std::to_integer<unsigned>(data[at]);
}

unsigned word_at(std::span<const std::byte> data, std::size_t at) {
  return byte_at(data, at) << 8 | byte_at(data, at + 1);
}

bool is_restart(unsigned marker) {
  return 0xD0 <= marker && marker <= 0xD7;
}

bool is_frame(unsigned marker) {  // SOF0-15 without DHT, JPG and DAC, which share the range
  return 0xC0 <= marker && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// The offset of the next marker's 0xFF after entropy-coded data, or the end.
std::size_t end_of_scan(std::span<const std::byte> data, std::size_t at) {
  while (at + 1 < data.size()) {
    const void* found = std::memchr(data.data() + at, 0xFF, data.size() - 1 - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - data.data());
    const unsigned marker = byte_at(data, at + 1);
    if (marker != 0x00 && marker != 0xFF && !is_restart(marker)) return at;
    at += marker == 0xFF ? 1 : 2;
  }
  return data.size();
}

// What the scans have brought so far: for each component and coefficient the bits that are still
// missing, kAbsent before the first scan.
class JpegScans {
 public:
  void set_component(unsigned n, unsigned id) { ids_[n] = id; }

  // What is wrong with a scan header of `length` bytes at `at`; empty when all is well.
  std::string add(std::span<const std::byte> data, std::size_t at, std::size_t length,
                  unsigned components, bool progressive) {
    const unsigned count = length < 3 ? 0 : byte_at(data, at + 2);
    if (count < 1 || count > components || length != 6 + 2 * count) {
      return fmt::format("JPEG is damaged: invalid scan header at byte {}", at);
    }
    const std::size_t band = at + 3 + 2 * std::size_t{count};
    const unsigned first = progressive ? byte_at(data, band) : 0;
    const unsigned last = progressive ? byte_at(data, band + 1) : kCoefficients - 1;
    const unsigned missing_bits = progressive ? byte_at(data, band + 2) & 15 : 0;
    if (first > last || last >= kCoefficients) {
      return fmt::format("JPEG is damaged: invalid scan header at byte {}", at);
    }
    unsigned taken = 0;  // a file may use an id twice: the scan then means one after the other
    for (unsigned n = 0; n < count; ++n) {
      const unsigned id = byte_at(data, at + 3 + 2 * std::size_t{n});
      unsigned c = 0;
      while (c < components && (ids_[c] != id || (taken >> c & 1) != 0)) ++c;
      if (c == components) {
        return fmt::format("JPEG is damaged: the scan at byte {} is of no known component", at);
      }
      taken |= 1u << c;
      std::fill(missing_[c].begin() + first, missing_[c].begin() + last + 1, missing_bits);
    }
    return {};
  }

  // What the file lacks at its end; empty when it is whole.
  std::string missing(unsigned components) const {
    for (unsigned n = 0; n < components; ++n) {
      for (unsigned k = 0; k < kCoefficients; ++k) {
        if (missing_[n][k] == 0) continue;
        return fmt::format(
            "JPEG is incomplete: it ends before the scan that completes coefficient {} of "
            "component {}",
            k, n);
      }
    }
    return {};
  }

 private:
  static constexpr unsigned kCoefficients = 64, kAbsent = 16;
  using Bits = std::array<unsigned, kCoefficients>;

  static constexpr Bits all_absent() {
    Bits bits{};
    for (unsigned& value : bits) value = kAbsent;
    return bits;
  }

  std::array<unsigned, 3> ids_{};
  std::array<Bits, 3> missing_ = {all_absent(), all_absent(), all_absent()};
};

// What is wrong with a frame header of `length` bytes at `at`; empty when all is well.
std::string read_frame(std::span<const std::byte> data, std::size_t at, std::size_t length,
                       unsigned marker, JpegStructure& jpeg, JpegScans& scans) {
  if (marker > 0xC2) return "JPEG of a rare kind (lossless, hierarchical or arithmetic coding)";
  if (jpeg.components != 0) return "JPEG with two frames";
  if (length < 8) return "JPEG is damaged: its frame header is too short";
  const unsigned precision = byte_at(data, at + 2);
  jpeg.height = word_at(data, at + 3);
  jpeg.width = word_at(data, at + 5);
  jpeg.components = byte_at(data, at + 7);
  if (precision != 8) return fmt::format("JPEG of {} bits per sample, expected 8", precision);
  if (jpeg.components == 4) return "JPEG is CMYK, expected RGB or grey";
  if (jpeg.components != 1 && jpeg.components != 3) {
    return fmt::format("JPEG of {} components, expected 1 or 3", jpeg.components);
  }
  if (jpeg.width == 0 || jpeg.height == 0) {
    return fmt::format("JPEG claims {}x{} pixels", jpeg.width, jpeg.height);
  }
  if (length < 8 + 3 * jpeg.components) return "JPEG is damaged: its frame header is too short";
  for (unsigned n = 0; n < jpeg.components; ++n) {
    scans.set_component(n, byte_at(data, at + 8 + 3 * std::size_t{n}));
  }
  return {};
}

}  // namespace

bool looks_like_jpeg(std::span<const std::byte> data) {
  return data.size() >= 3 && byte_at(data, 0) == 0xFF && byte_at(data, 1) == kStartOfImage &&
         byte_at(data, 2) == 0xFF;
}

std::variant<JpegStructure, Reject> check_jpeg(std::span<const std::byte> data) {
  JpegStructure jpeg;
  JpegScans scans;
  unsigned scan_count = 0;
  bool progressive = false;
  for (std::size_t at = 2;;) {
    while (at + 1 < data.size() && word_at(data, at) == 0xFFFF) ++at;  // fill bytes
    if (data.size() - at < 2) break;
    if (byte_at(data, at) != 0xFF) {
      return Reject{fmt::format("JPEG is damaged: no marker at byte {}", at)};
    }
    const unsigned marker = byte_at(data, at + 1);
    at += 2;
    if (marker == kEndOfImage) {
      if (scan_count == 0) return Reject{"JPEG has no pixels"};
      if (auto fault = scans.missing(jpeg.components); !fault.empty()) return Reject{fault};
      return jpeg;
    }
    if (data.size() - at < 2) break;
    const std::size_t length = word_at(data, at);  // counts itself
    if (length < 2) return Reject{fmt::format("JPEG is damaged: empty segment at byte {}", at)};
    if (length > data.size() - at) break;
    if (is_frame(marker)) {
      const std::string fault = read_frame(data, at, length, marker, jpeg, scans);
      if (!fault.empty()) return Reject{fault};
      progressive = marker == kProgressiveFrame;
    }
    if (marker == kStartOfScan && jpeg.components > 0) {
      const std::string fault = scans.add(data, at, length, jpeg.components, progressive);
      if (!fault.empty()) return Reject{fault};
    }
    at += length;
    if (marker == kStartOfScan) {
      if (jpeg.components == 0) return Reject{"JPEG is damaged: pixels before their header"};
      if (++scan_count > kMaxScans)
        return Reject{fmt::format("JPEG has more than {} scans", kMaxScans)};
      at = end_of_scan(data, at);
    }
  }
  return Reject{
      fmt::format("JPEG is truncated: it ends at byte {} without an EOI marker", data.size())};
}

}  // namespace rod::image
