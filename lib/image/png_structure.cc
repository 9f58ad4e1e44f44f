#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "image/image_structure.h"

namespace rod::image {
namespace {

constexpr std::array<unsigned char, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kChunkOverhead = 12;  // length, type, CRC

std::uint32_t big_endian32(std::span<const std::byte> data, std::size_t at) {
  return std::to_integer<std::uint32_t>(data[at]) << 24 |
         std::to_integer<std::uint32_t>(data[at + 1]) << 16 |
         std::to_integer<std::uint32_t>(data[at + 2]) << 8 |
         std::to_integer<std::uint32_t>(data[at + 3]);
}

struct Chunk {
  std::string_view type;
  std::size_t data = 0;      // offset
  std::uint32_t length = 0;  // of the data
  std::size_t next() const { return data + length + 4; }
  bool is_ancillary() const { return (type[0] & 0x20) != 0; }
};

// Requires: kChunkOverhead bytes at `at`.
Chunk chunk_at(std::span<const std::byte> data, std::size_t at) {
  return {{reinterpret_cast<const char*>(data.data()) + at + 4, 4}, at + 8, big_endian32(data, at)};
}

// The header's values or what is wrong with them.
std::string read_header(std::span<const std::byte> data, const Chunk& chunk, PngStructure& png) {
  if (chunk.type != "IHDR" || chunk.length != 13)
    return "PNG does not start with a 13-byte IHDR chunk";
  png.width = big_endian32(data, chunk.data);
  png.height = big_endian32(data, chunk.data + 4);
  png.bit_depth = std::to_integer<unsigned>(data[chunk.data + 8]);
  png.colour_type = std::to_integer<unsigned>(data[chunk.data + 9]);
  if (png.width == 0 || png.height == 0 || png.width > 0x7FFFFFFF || png.height > 0x7FFFFFFF) {
    return fmt::format("PNG claims {}x{} pixels", png.width, png.height);
  }
  const auto one_of = [&](std::initializer_list<unsigned> depths) {
    return std::find(depths.begin(), depths.end(), png.bit_depth) != depths.end();
  };
  const bool valid = png.colour_type == 0   ? one_of({1, 2, 4, 8, 16})
                     : png.colour_type == 3 ? one_of({1, 2, 4, 8})
                     : png.colour_type == 2 || png.colour_type == 4 || png.colour_type == 6
                         ? one_of({8, 16})
                         : false;
  if (!valid) {
    return fmt::format("PNG claims bit depth {} with colour type {}, which do not exist together",
                       png.bit_depth, png.colour_type);
  }
  const auto rest = data.subspan(chunk.data + 10, 3);
  if (rest[0] != std::byte{0} || rest[1] != std::byte{0} || rest[2] > std::byte{1}) {
    return "PNG with an unknown compression, filter or interlace method";
  }
  png.interlaced = rest[2] == std::byte{1};
  return {};
}

// Where the chunk may not stand, or what is wrong inside; empty when all is well.
std::string check_order(const Chunk& chunk, const PngStructure& png, bool palette_seen,
                        bool image_seen, bool image_over) {
  if (chunk.type == "IDAT") {
    if (image_over) return "its IDAT chunks do not follow each other";
    if (png.colour_type == 3 && !palette_seen) return "it has no palette before its pixels";
    return {};
  }
  if (chunk.type == "PLTE") {
    if (palette_seen || image_seen) return "its palette is in the wrong place";
    if (png.colour_type == 0 || png.colour_type == 4) return "it is grey and has a palette";
    if (chunk.length == 0 || chunk.length % 3 != 0 || chunk.length > 768) {
      return fmt::format("its palette has {} bytes", chunk.length);
    }
    return {};
  }
  if (chunk.type == "IEND") {
    if (!image_seen) return "it has no pixels (no IDAT chunk)";
    return chunk.length == 0 ? "" : "its IEND chunk is not empty";
  }
  return chunk.is_ancillary() ? ""
                              : fmt::format("it has an unknown critical chunk '{}'", chunk.type);
}

}  // namespace

bool looks_like_png(std::span<const std::byte> data) {
  // Eight bytes that only nearly agree are a PNG that a text-mode transfer has damaged.
  return data.size() >= 4 && std::memcmp(data.data() + 1, kSignature.data() + 1, 3) == 0;
}

std::variant<PngStructure, Reject> check_png(std::span<const std::byte> data) {
  if (data.size() < kSignature.size() ||
      std::memcmp(data.data(), kSignature.data(), kSignature.size()) != 0) {
    return Reject{"PNG with a damaged signature"};
  }
  PngStructure png;
  bool palette_seen = false, image_seen = false, image_over = false;
  for (std::size_t at = kSignature.size();;) {
    const std::size_t left = data.size() - at;
    if (left < kChunkOverhead || big_endian32(data, at) > left - kChunkOverhead) {
      return Reject{fmt::format(
          "PNG is truncated: it ends at byte {}, inside the chunk that starts at byte {}",
          data.size(), at)};
    }
    const Chunk chunk = chunk_at(data, at);
    if (!std::all_of(chunk.type.begin(), chunk.type.end(),
                     [](char c) { return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z'); })) {
      return Reject{fmt::format("PNG is damaged: byte {} starts no chunk", at)};
    }
    const auto covered = data.subspan(at + 4, 4 + std::size_t{chunk.length});
    if (libdeflate_crc32(0, covered.data(), covered.size()) !=
        big_endian32(data, chunk.next() - 4)) {
      return Reject{fmt::format(
          "PNG is damaged: the checksum of its '{}' chunk at byte {} is wrong", chunk.type, at)};
    }
    const bool first = at == kSignature.size();
    const std::string fault = first ? read_header(data, chunk, png)
                                    : check_order(chunk, png, palette_seen, image_seen, image_over);
    if (!fault.empty()) return Reject{first ? fault : "PNG is invalid: " + fault};

    image_over = image_seen && chunk.type != "IDAT";
    if (chunk.type == "IDAT" && !image_seen) png.pixels = at;
    image_seen |= chunk.type == "IDAT";
    palette_seen |= chunk.type == "PLTE";
    png.has_ancillary |= chunk.is_ancillary();
    at = chunk.next();
    if (chunk.type == "IEND") {
      png.end = at;
      return png;
    }
  }
}

std::vector<std::byte> critical_chunks(std::span<const std::byte> data) {
  std::vector<std::byte> kept(data.begin(), data.begin() + kSignature.size());
  kept.reserve(data.size());
  for (std::size_t at = kSignature.size(); at < data.size();) {
    const Chunk chunk = chunk_at(data, at);
    if (!chunk.is_ancillary())
      kept.insert(kept.end(), data.begin() + at, data.begin() + chunk.next());
    at = chunk.type == "IEND" ? data.size() : chunk.next();
  }
  return kept;
}

std::span<const std::byte> image_stream(std::span<const std::byte> data, const PngStructure& png,
                                        std::vector<std::byte>& room) {
  Chunk chunk = chunk_at(data, png.pixels);
  const auto first = data.subspan(chunk.data, chunk.length);
  if (chunk_at(data, chunk.next()).type != "IDAT") return first;
  room.clear();
  for (; chunk.type == "IDAT"; chunk = chunk_at(data, chunk.next())) {
    const auto piece = data.subspan(chunk.data, chunk.length);
    room.insert(room.end(), piece.begin(), piece.end());
  }
  return room;
}

}  // namespace rod::image
