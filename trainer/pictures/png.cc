// Why not libpng: it would be one more library that rodtrain loads and its packages bundle, for one
// kind of PNG, 8-bit RGB with one filter, in the report and the event files.
#include "trainer/pictures/png.h"

#ifdef ROD_ZLIB
#include <zlib.h>

#include <new>
#endif

#include <algorithm>
#include <string_view>

#include "base/crc32.h"

namespace rod::trainer {
namespace {

void append_big_endian(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_big_endian(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t checked = out.size();
  out += type;
  out += data;
  append_big_endian(out, crc32<kIso3309>(std::string_view(out).substr(checked)));
}

// Each row as its differences from the pixel to the left (filter type 1, "Sub"), which compress
// better.
std::string filtered_rows(const Picture& picture) {
  constexpr std::size_t kPixel = 3;
  const std::size_t row_bytes = std::size_t{picture.width} * kPixel;
  std::string out;
  out.reserve((row_bytes + 1) * picture.height);
  for (std::size_t y = 0; y < picture.height; ++y) {
    const char* row = picture.rgb.data() + y * row_bytes;
    out += '\1';
    out.append(row, kPixel);
    for (std::size_t i = kPixel; i < row_bytes; ++i)
      out += static_cast<char>(row[i] - row[i - kPixel]);
  }
  return out;
}

#ifdef ROD_ZLIB

std::string zlib_stream(const std::string& data) {
  std::string out(compressBound(data.size()), '\0');
  uLongf size = out.size();
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(data.data()), data.size(),
                Z_DEFAULT_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();  // the only way in which it can fail here
  }
  out.resize(size);
  return out;
}

#else

std::uint32_t adler32(std::string_view data) {
  std::uint32_t a = 1, b = 0;
  for (const char byte : data) {
    a = (a + static_cast<std::uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

// Blocks that are stored as they are (RFC 1951, section 3.2.4).
std::string zlib_stream(const std::string& data) {
  constexpr std::size_t kBlock = 0xFFFF;
  std::string out = "\x78\x01";
  for (std::size_t at = 0; at < data.size(); at += kBlock) {
    const std::size_t size = std::min(kBlock, data.size() - at);
    out += at + size == data.size() ? '\1' : '\0';
    for (const std::size_t number : {size, ~size}) {
      out += static_cast<char>(number);
      out += static_cast<char>(number >> 8);
    }
    out.append(data, at, size);
  }
  append_big_endian(out, adler32(data));
  return out;
}

#endif

}  // namespace

std::string encode_png(const Picture& picture) {
  std::string header;
  append_big_endian(header, picture.width);
  append_big_endian(header, picture.height);
  header += '\x08';                // bits per channel
  header += '\x02';                // red, green, blue
  header += std::string(3, '\0');  // deflate, the standard's filters, not interlaced
  std::string out = "\x89PNG\r\n\x1a\n";
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", zlib_stream(filtered_rows(picture)));
  append_chunk(out, "IEND", "");
  return out;
}

}  // namespace rod::trainer
