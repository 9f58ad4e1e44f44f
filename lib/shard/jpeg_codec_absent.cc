// Replaces jpeg_codec.cc in builds without libjpeg-turbo's TurboJPEG.
#include "base/error.h"
#include "shard/codec.h"

namespace rod::shard {
namespace {

[[noreturn]] void refuse_jpeg() {
  throw Error(ErrorKind::kFailed,
              "this program was built without JPEG: install libturbojpeg0-dev and build it again, "
              "or make the data set with --codec zstd");
}

}  // namespace

// The bound is jpeg_codec.cc's, so that a shard of this codec still opens and is named as what it
// is.
extern const CodecEntry kJpegCodec = {
    .name = "jpeg",
    .summary = "not in this program, which was built without libturbojpeg",
    .lossless = false,
    .has_quality = true,
    .holds_16_bits = false,
    .most_stored_share = 0.2,
    .bound = [](const StoredImage& image) -> std::size_t {
      const auto whole = [](std::size_t side) { return (side + 7) / 8 * 8; };
      return 6 * whole(image.height) * whole(image.width) + 2048;
    },
    .make_encoder = [](const EncoderOptions&) -> std::unique_ptr<ImageEncoder> { refuse_jpeg(); },
    .make_decoder = []() -> std::unique_ptr<ImageDecoder> { refuse_jpeg(); },
};

}  // namespace rod::shard
