#include <fmt/format.h>
#include <png.h>

#include <cstdio>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/png.h"

namespace rod::image {
namespace {

// libpng reports errors with longjmp. Requires: a function that calls setjmp for it has no local
// objects with destructors. Source: libpng-manual.txt, "Error handling".
struct LibpngFailure {
  char text[128] = "";
};

// Error callback for png_create_read_struct and png_create_write_struct; the error pointer must be
// a LibpngFailure*.
void libpng_fails(png_structp png, png_const_charp message) {
  auto& failure = *static_cast<LibpngFailure*>(png_get_error_ptr(png));
  std::snprintf(failure.text, sizeof failure.text, "%s", message);
  png_longjmp(png, 1);
}
void libpng_warns(png_structp, png_const_charp) {}  // by default it would print

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

constexpr unsigned kPalette = 3;  // PngStructure::colour_type

// libpng itself makes black of an index that the palette does not have. The PNG specification calls
// it an error (11.2.2, PLTE), so nobody can have meant it.
Decoded colours_of(const Image& indices, std::span<const png_color> palette) {
  Image image(indices.height, indices.width, 3, 1);
  std::uint8_t* out = image.u8();
  for (std::size_t n = 0; n < indices.bytes.size(); ++n) {
    const std::uint8_t index = indices.u8()[n];
    if (index >= palette.size()) {
      return Reject{fmt::format(
          "PNG is invalid: the pixel at row {}, column {} has colour {} of a palette of {}",
          n / indices.width, n % indices.width, index, palette.size())};
    }
    *out++ = palette[index].red;
    *out++ = palette[index].green;
    *out++ = palette[index].blue;
  }
  return image;
}

// False with the words in the reader's failure.
bool read_rows(png_structp png, png_infop info, const PngStructure& kind, png_bytepp rows,
               std::size_t row_bytes) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_info(png, info);
  if (kind.is_grey16()) {
    png_set_swap(png);  // PNG is big-endian, an Image is not
  } else if (kind.colour_type == kPalette) {
    png_set_packing(png);  // a byte per index
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

  const bool grey16 = png.is_grey16(), indexed = png.colour_type == kPalette;
  Image image(png.height, png.width, grey16 || indexed ? 1 : 3, grey16 ? 2 : 1);
  std::vector<std::uint8_t*> rows = image.rows();

  PngReader reader(data);
  if (!read_rows(reader.png, reader.info, png, rows.data(), image.row_bytes())) {
    return Reject{fmt::format("pixel data is damaged: {}", reader.failure.text)};
  }
  if (!indexed) return image;
  png_colorp palette = nullptr;
  int colours = 0;
  png_get_PLTE(reader.png, reader.info, &palette, &colours);
  return colours_of(image, {palette, static_cast<std::size_t>(colours)});
}

}  // namespace rod::image
