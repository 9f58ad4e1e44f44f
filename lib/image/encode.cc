#include "image/encode.h"

#include <fmt/format.h>

#include <new>
#include <utility>

#include "base/error.h"
#include "image/libpng_failure.h"

namespace rod::image {
namespace {

// libpng's state, which appends to `out`.
struct PngWriter {
  std::vector<std::byte> out;
  LibpngFailure failure;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, libpng_fails, libpng_warns);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);

  PngWriter() {
    if (info == nullptr) {
      png_destroy_write_struct(&png, nullptr);
      throw std::bad_alloc();
    }
    png_set_write_fn(png, this, append, nullptr);
  }
  ~PngWriter() { png_destroy_write_struct(&png, &info); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  // An exception must not pass through libpng, nor a jump leave a handler.
  static void append(png_structp from, png_bytep data, std::size_t size) {
    auto& out = static_cast<PngWriter*>(png_get_io_ptr(from))->out;
    bool fits = true;
    try {
      const auto* bytes = reinterpret_cast<const std::byte*>(data);
      out.insert(out.end(), bytes, bytes + size);
    } catch (const std::bad_alloc&) {
      fits = false;
    }
    if (!fits) png_error(from, "out of memory");
  }
};

// False with the words in the writer's failure.
bool write_rows(png_structp png, png_infop info, const Image& image, png_bytepp rows, int level) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_compression_level(png, level);
  png_set_IHDR(png, info, image.width, image.height, static_cast<int>(8 * image.sample_bytes),
               image.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (image.sample_bytes == 2) png_set_swap(png);  // PNG is big-endian, an Image is not
  png_write_image(png, rows);
  png_write_end(png, nullptr);
  return true;
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image, int level) {
  std::vector<std::uint8_t*> rows = const_cast<Image&>(image).rows();  // libpng only reads them
  PngWriter writer;
  if (!write_rows(writer.png, writer.info, image, rows.data(), level)) {
    throw Error(ErrorKind::kFailed, fmt::format("can't encode {}x{} pixels as PNG: {}", image.width,
                                                image.height, writer.failure.text));
  }
  return std::move(writer.out);
}

}  // namespace rod::image
