// Stands for jpeg_codec.cc where libjpeg-turbo's TurboJPEG was not found.
#include "base/error.h"
#include "shard/jpeg_codec.h"

namespace rod {
namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::kFailed,
              "this program was built without JPEG: install libturbojpeg0-dev and build it again, "
              "or make the data set "
              "with --codec zstd");
}

}  // namespace

struct JpegCodec::State {};

JpegCodec::JpegCodec() = default;
JpegCodec::~JpegCodec() = default;
JpegCodec::JpegCodec(JpegCodec&&) noexcept = default;
JpegCodec& JpegCodec::operator=(JpegCodec&&) noexcept = default;

void JpegCodec::encode(std::span<const std::byte>, std::uint32_t, std::uint32_t, int, Chroma,
                       std::vector<std::byte>&) {
  refuse();
}

bool JpegCodec::decode(std::span<const std::byte>, std::uint32_t, std::uint32_t,
                       std::span<std::byte>) {
  refuse();
}

}  // namespace rod
