// One 8-bit colour image to a JPEG file and back, at a loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rod {

// FORMAT.md, "The jpeg codec". libjpeg-turbo does it; a program built where that is absent refuses by name. One object
// per thread; libjpeg-turbo's contexts are made at the first use.
class JpegCodec {
 public:
  // 4:2:0 halves the colour resolution, which photographs don't show; a surface normal's three numbers need 4:4:4.
  enum class Chroma { k420, k444 };

  JpegCodec();
  ~JpegCodec();
  JpegCodec(JpegCodec&&) noexcept;
  JpegCodec& operator=(JpegCodec&&) noexcept;

  // Appends the JPEG of `pixels`, U8 [height,width,3]. `quality` 1-100. Errors: kFailed without libjpeg-turbo.
  void encode(std::span<const std::byte> pixels, std::uint32_t height, std::uint32_t width,
              int quality, Chroma chroma, std::vector<std::byte>& out);

  // Fills `pixels` exactly. Returns false when `stored` is no such image of this size, or is damaged where that can be
  // seen; `pixels` then hold anything. Errors: kFailed without libjpeg-turbo.
  bool decode(std::span<const std::byte> stored, std::uint32_t height, std::uint32_t width,
              std::span<std::byte> pixels);

  // The most that an image may take (FORMAT.md 2.4); libjpeg-turbo's own bound for 4:4:4.
  static std::size_t max_stored_bytes(std::uint32_t height, std::uint32_t width) {
    const auto whole = [](std::size_t side) { return (side + 7) / 8 * 8; };
    return 6 * whole(height) * whole(width) + 2048;
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod
