// One image's pixels to stored bytes and back, without loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rod {

// zstd behind row filters (FORMAT.md, "The zstd codec"). One object per thread: it owns zstd's contexts
// and its scratch memory, which are allocated once.
class ZstdCodec {
 public:
  ZstdCodec();
  ~ZstdCodec();
  ZstdCodec(ZstdCodec&&) noexcept;
  ZstdCodec& operator=(ZstdCodec&&) noexcept;

  // `pixels`: `rows` rows of equal length; `pixel_bytes` = 3 (U8 x 3 channels) or 2 (U16, little-endian,
  // aligned to 2). The same bytes for the same pixels, on any machine with the same zstd. Appends to `out`;
  // returns the count.
  std::size_t encode(std::span<const std::byte> pixels, std::uint32_t rows, unsigned pixel_bytes,
                     std::vector<std::byte>& out);

  // Fills `pixels` exactly (aligned to 2 for U16). Returns false when `stored` is not what encode()
  // makes for this size; `pixels` then hold anything. Hostile bytes cost no more than honest ones.
  bool decode(std::span<const std::byte> stored, std::uint32_t rows, unsigned pixel_bytes,
              std::span<std::byte> pixels);

  // The most that encode() makes of an image: no honest shard stores more.
  static std::size_t max_stored_bytes(std::size_t pixels_bytes, std::uint32_t rows);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod
