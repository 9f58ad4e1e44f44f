#include "image/jpeg_pixels.h"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <new>

namespace rod {
namespace {

class Decompressor {
 public:
  Decompressor() {
    if (handle_ == nullptr) throw std::bad_alloc();
  }
  ~Decompressor() { tjDestroy(handle_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  tjhandle handle() const { return handle_; }

 private:
  const tjhandle handle_ = tjInitDecompress();
};

}  // namespace

Decoded jpeg_pixels(std::span<const std::byte> data, std::uint32_t height, std::uint32_t width) {
  thread_local const Decompressor decompressor;
  Image image(height, width, 3, 1);
  const int failed =
      tjDecompress2(decompressor.handle(), reinterpret_cast<const unsigned char*>(data.data()),
                    data.size(), image.u8(), static_cast<int>(width), 0, static_cast<int>(height),
                    TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING);
  if (failed != 0) {
    return Rejection{fmt::format("JPEG is damaged: {}", tjGetErrorStr2(decompressor.handle()))};
  }
  return image;
}

}  // namespace rod
