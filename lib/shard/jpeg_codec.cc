#include "shard/jpeg_codec.h"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <cstring>

#include "base/error.h"

namespace rod {
namespace {

// Of a frame header: baseline (SOF0), the only kind that our writer makes. Progressive files can cost a pass over all
// pixels for each of their many scans.
bool is_baseline(std::span<const std::byte> stored) {
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(stored[at]); };
  for (std::size_t at = 2; at + 4 <= stored.size() && byte(at) == 0xFF;) {
    const unsigned marker = byte(at + 1);
    if (marker == 0xC0) return true;
    if (marker == 0xDA || (0xC1 <= marker && marker <= 0xCF && marker != 0xC4)) return false;
    at += 2 + (byte(at + 2) << 8 | byte(at + 3));
  }
  return false;
}

}  // namespace

struct JpegCodec::State {
  tjhandle compressor = nullptr, decompressor = nullptr;

  ~State() {
    if (compressor != nullptr) tjDestroy(compressor);
    if (decompressor != nullptr) tjDestroy(decompressor);
  }

  bool decompress(std::span<const std::byte> stored, std::uint32_t height, std::uint32_t width,
                  std::span<std::byte> pixels) const {
    const auto* from = reinterpret_cast<const unsigned char*>(stored.data());
    int its_width = 0, its_height = 0, chroma = 0, colours = 0;
    if (tjDecompressHeader3(decompressor, from, stored.size(), &its_width, &its_height, &chroma,
                            &colours) != 0) {
      return false;
    }
    if (its_width != static_cast<int>(width) || its_height != static_cast<int>(height) ||
        colours != TJCS_YCbCr) {
      return false;
    }
    // Any warning is an error: the pixels would be guessed.
    return tjDecompress2(decompressor, from, stored.size(),
                         reinterpret_cast<unsigned char*>(pixels.data()), its_width, 0, its_height,
                         TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) == 0;
  }
};

JpegCodec::JpegCodec() : state_(std::make_unique<State>()) {}
JpegCodec::~JpegCodec() = default;
JpegCodec::JpegCodec(JpegCodec&&) noexcept = default;
JpegCodec& JpegCodec::operator=(JpegCodec&&) noexcept = default;

void JpegCodec::encode(std::span<const std::byte> pixels, std::uint32_t height, std::uint32_t width,
                       int quality, Chroma chroma, std::vector<std::byte>& out) {
  if (state_->compressor == nullptr) state_->compressor = tjInitCompress();
  if (state_->compressor == nullptr) throw std::bad_alloc();
  const std::size_t before = out.size();
  out.resize(before + max_stored_bytes(height, width));
  auto* to = reinterpret_cast<unsigned char*>(out.data() + before);
  unsigned long bytes = out.size() - before;
  const int failed =
      tjCompress2(state_->compressor, reinterpret_cast<const unsigned char*>(pixels.data()),
                  static_cast<int>(width), 0, static_cast<int>(height), TJPF_RGB, &to, &bytes,
                  chroma == Chroma::k420 ? TJSAMP_420 : TJSAMP_444, quality,
                  TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT);
  if (failed != 0) {
    throw Error(ErrorKind::kFailed, fmt::format("can't encode {}x{} pixels as JPEG: {}", width,
                                                height, tjGetErrorStr2(state_->compressor)));
  }
  out.resize(before + bytes);
}

bool JpegCodec::decode(std::span<const std::byte> stored, std::uint32_t height, std::uint32_t width,
                       std::span<std::byte> pixels) {
  if (state_->decompressor == nullptr) state_->decompressor = tjInitDecompress();
  if (state_->decompressor == nullptr) throw std::bad_alloc();
  // libjpeg takes a file without its end for a whole one and only warns; a byte more it does not see at all.
  constexpr unsigned char kEnd[] = {0xFF, 0xD9};
  if (stored.size() < 4 || std::memcmp(stored.data() + stored.size() - 2, kEnd, 2) != 0)
    return false;
  if (!is_baseline(stored)) return false;
  if (state_->decompress(stored, height, width, pixels)) return true;
  // libjpeg-turbo 2.1 refuses every image after one whose header it could not read.
  tjDestroy(state_->decompressor);
  state_->decompressor = nullptr;
  return false;
}

}  // namespace rod
