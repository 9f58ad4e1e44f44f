// The jpeg codec (FORMAT.md): lossy baseline JPEG of 8-bit colours, by libjpeg-turbo.
#include <fmt/format.h>
#include <turbojpeg.h>

#include <cstring>
#include <memory>
#include <new>

#include "base/error.h"
#include "shard/codec.h"

namespace rod::shard {
namespace {

// Of a frame header: baseline (SOF0), the only kind that our writer makes. Progressive files can
// cost a pass over all pixels for each of their many scans.
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

struct DestroyTurboJpeg {
  void operator()(tjhandle handle) const { tjDestroy(handle); }
};
using TurboJpeg = std::unique_ptr<void, DestroyTurboJpeg>;

// FORMAT.md 2.4; libjpeg-turbo's own bound for 4:4:4.
std::size_t jpeg_bound(const StoredImage& image) {
  const auto whole = [](std::size_t side) { return (side + 7) / 8 * 8; };
  return 6 * whole(image.height) * whole(image.width) + 2048;
}

class JpegEncoder : public ImageEncoder {
 public:
  explicit JpegEncoder(int quality) : quality_(quality) {
    if (compressor_ == nullptr) throw std::bad_alloc();
  }

  std::size_t encode(std::span<const std::byte> pixels, const StoredImage& image,
                     std::vector<std::byte>& out) override {
    const std::size_t before = out.size();
    out.resize(before + jpeg_bound(image));
    auto* to = reinterpret_cast<unsigned char*>(out.data() + before);
    unsigned long bytes = out.size() - before;
    // 4:2:0 halves the colour resolution, which photographs don't show; a surface normal's three
    // numbers need 4:4:4.
    const int failed = tjCompress2(
        compressor_.get(), reinterpret_cast<const unsigned char*>(pixels.data()),
        static_cast<int>(image.width), 0, static_cast<int>(image.height), TJPF_RGB, &to, &bytes,
        image.depth ? TJSAMP_444 : TJSAMP_420, quality_, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT);
    if (failed != 0) {
      throw Error(ErrorKind::kFailed,
                  fmt::format("can't encode {}x{} pixels as JPEG: {}", image.width, image.height,
                              tjGetErrorStr2(compressor_.get())));
    }
    out.resize(before + bytes);
    return bytes;
  }

 private:
  TurboJpeg compressor_{tjInitCompress()};
  int quality_;
};

class JpegDecoder : public ImageDecoder {
 public:
  bool decode(std::span<const std::byte> stored, const StoredImage& image,
              std::span<std::byte> pixels) override {
    if (decompressor_ == nullptr) decompressor_.reset(tjInitDecompress());
    if (decompressor_ == nullptr) throw std::bad_alloc();
    // libjpeg takes a file without its end for a whole one and only warns; a byte more it does not
    // see at all.
    constexpr unsigned char kEnd[] = {0xFF, 0xD9};
    if (stored.size() < 4 || std::memcmp(stored.data() + stored.size() - 2, kEnd, 2) != 0) {
      return false;
    }
    if (image.pixel_bytes != 3 || !is_baseline(stored)) return false;
    if (decompress(stored, image, pixels)) return true;
    // libjpeg-turbo 2.1 refuses every image after one whose header it could not read.
    decompressor_ = nullptr;
    return false;
  }

 private:
  bool decompress(std::span<const std::byte> stored, const StoredImage& image,
                  std::span<std::byte> pixels) const {
    const auto* from = reinterpret_cast<const unsigned char*>(stored.data());
    int width = 0, height = 0, chroma = 0, colours = 0;
    if (tjDecompressHeader3(decompressor_.get(), from, stored.size(), &width, &height, &chroma,
                            &colours) != 0) {
      return false;
    }
    if (width != static_cast<int>(image.width) || height != static_cast<int>(image.height) ||
        colours != TJCS_YCbCr) {
      return false;
    }
    // Any warning is an error: the pixels would be guessed.
    return tjDecompress2(decompressor_.get(), from, stored.size(),
                         reinterpret_cast<unsigned char*>(pixels.data()), width, 0, height,
                         TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) == 0;
  }

  TurboJpeg decompressor_;
};

}  // namespace

// Real crops take about a tenth.
extern const CodecEntry kJpegCodec = {
    .name = "jpeg",
    .summary = "lossy, 8-bit images only, a fifth of the bytes or less",
    .lossless = false,
    .has_quality = true,
    .holds_16_bits = false,
    .most_stored_share = 0.2,
    .bound = jpeg_bound,
    .make_encoder = [](const EncoderOptions& options) -> std::unique_ptr<ImageEncoder> {
      return std::make_unique<JpegEncoder>(options.quality);
    },
    .make_decoder = []() -> std::unique_ptr<ImageDecoder> {
      return std::make_unique<JpegDecoder>();
    },
};

}  // namespace rod::shard
