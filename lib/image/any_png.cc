#include "image/any_png.h"

#include <fmt/format.h>

#include <cstring>
#include <new>
#include <vector>

#include "image/libpng_failure.h"

namespace rod {
namespace {

// libpng's state, which reads from `left`.
struct PngReader {
  std::span<const std::byte> left;
  LibpngFailure failure;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure, libpng_fails, libpng_warns);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);

  explicit PngReader(std::span<const std::byte> data) : left(data) {
    if (info == nullptr) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png, this, [](png_structp from, png_bytep out, std::size_t size) {
      auto& bytes = static_cast<PngReader*>(png_get_io_ptr(from))->left;
      if (size > bytes.size()) png_error(from, "the file ends early");
      std::memcpy(out, bytes.data(), size);
      bytes = bytes.subspan(size);
    });
  }
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
};

// False with the words in the reader's failure.
bool read_rows(png_structp png, png_infop info, bool grey16, png_bytepp rows,
               std::size_t row_bytes) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_info(png, info);
  if (grey16) {
    png_set_swap(png);  // PNG is big-endian, an Image is not
  } else {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "rows of another length");
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

Decoded decode_any_png(std::span<const std::byte> data, const PngStructure& png) {
  // Ancillary chunks don't make pixels; libpng's versions differ in which of them they refuse.
  std::vector<std::byte> critical;
  if (png.has_ancillary) data = critical = critical_chunks(data);

  const bool grey16 = png.is_grey16();
  Image image(png.height, png.width, grey16 ? 1 : 3, grey16 ? 2 : 1);
  std::vector<std::uint8_t*> rows = image.rows();

  PngReader reader(data);
  if (!read_rows(reader.png, reader.info, grey16, rows.data(), image.row_bytes())) {
    return Rejection{fmt::format("pixel data is damaged: {}", reader.failure.text)};
  }
  return image;
}

}  // namespace rod
