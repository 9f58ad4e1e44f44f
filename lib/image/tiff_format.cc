// TIFF by libtiff: 8 or 16 bits, grey, palette or RGB, in strips or tiles, with any compression
// that libtiff has. A file with several pages is refused, except for thumbnails and masks of the
// image. Most TIFFs have no checksum, so a truncated file is detected but most changed bytes are
// not.
#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "image/image_format.h"

namespace rod::image {
namespace {

constexpr tmsize_t kMaxPieceBytes = tmsize_t{64}
                                    << 20;  // of a tile; encoders use a few hundred KiB
constexpr int kMaxDirectories = 64;

// The first words of libtiff in this thread since they were cleared; it reports by a global
// function.
thread_local std::array<char, 160> tiff_words;

void tiff_says(thandle_t, const char*, const char* format, va_list values) {
  if (tiff_words[0] == '\0') std::vsnprintf(tiff_words.data(), tiff_words.size(), format, values);
}

// A file in memory as libtiff reads it.
struct TiffMemory {
  std::span<const std::byte> data;
  std::uint64_t at = 0;

  static TiffMemory& of(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t bytes) {
    TiffMemory& file = of(handle);
    if (file.at >= file.data.size() || bytes <= 0) return 0;
    const auto count =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(bytes), file.data.size() - file.at);
    std::memcpy(to, file.data.data() + file.at, count);
    file.at += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    TiffMemory& file = of(handle);
    file.at = offset + (whence == SEEK_CUR   ? file.at
                        : whence == SEEK_END ? file.data.size()
                                             : std::uint64_t{0});
    return file.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).data.size(); }
  static int map(thandle_t handle, void** base, toff_t* bytes) {
    *base = const_cast<std::byte*>(of(handle).data.data());  // libtiff only reads it in mode "r"
    *bytes = of(handle).data.size();
    return 1;
  }
  static void unmap(thandle_t, void*, toff_t) {}
};

class OpenTiff {
 public:
  explicit OpenTiff(std::span<const std::byte> data) : memory_{data} {
    static const bool handlers_set = [] {
      TIFFSetErrorHandler(nullptr);
      TIFFSetWarningHandler(nullptr);  // they would be printed
      TIFFSetErrorHandlerExt(tiff_says);
      return true;
    }();
    (void)handlers_set;
    tiff_words[0] = '\0';
    tiff_ =
        TIFFClientOpen("TIFF", "r", &memory_, TiffMemory::read, TiffMemory::write, TiffMemory::seek,
                       TiffMemory::close, TiffMemory::size, TiffMemory::map, TiffMemory::unmap);
  }
  ~OpenTiff() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }
  OpenTiff(const OpenTiff&) = delete;
  OpenTiff& operator=(const OpenTiff&) = delete;

  explicit operator bool() const { return tiff_ != nullptr; }
  operator TIFF*() const { return tiff_; }

  template <typename T>
  T tag(std::uint32_t number, T otherwise) const {
    T value = otherwise;
    return TIFFGetFieldDefaulted(tiff_, number, &value) == 1 ? value : otherwise;
  }

 private:
  TiffMemory memory_;
  TIFF* tiff_ = nullptr;
};

Reject damaged_tiff() {
  return Reject{fmt::format("TIFF is damaged: {}",
                            tiff_words[0] == '\0' ? "it can't be read" : tiff_words.data())};
}

struct TiffKind {
  unsigned bits = 8, samples = 1;
  std::uint16_t photometric = 0;
  bool planes = false;  // each sample in a plane of its own
  bool tiles = false;

  bool colour() const { return photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_YCBCR; }
  unsigned base_samples() const { return colour() ? 3 : 1; }
};

// What is not decoded of the current page; empty when all of it is.
std::string unknown_kind(const OpenTiff& tiff, const TiffKind& kind) {
  const auto format = tiff.tag<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
    return fmt::format("TIFF of {} samples, expected unsigned whole numbers",
                       format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex");
  }
  if (kind.bits != 8 && kind.bits != 16) {
    return fmt::format("TIFF of {} bits per sample, expected 8 or 16", kind.bits);
  }
  const auto compression = tiff.tag<std::uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  switch (kind.photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB:
      break;
    case PHOTOMETRIC_MINISWHITE:
      if (kind.bits == 16) return "TIFF of 16-bit grey whose zero is white";
      break;
    case PHOTOMETRIC_PALETTE:
      if (kind.bits != 8) return "TIFF of 16-bit palette colours, expected 8-bit";
      break;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG) return "TIFF of YCbCr colours without JPEG compression";
      break;
    default:
      return fmt::format("TIFF of colour model {}, expected grey, palette or RGB",
                         kind.photometric);
  }
  if (TIFFIsCODECConfigured(compression) == 0) {
    return fmt::format("TIFF with compression {}, which the installed libtiff lacks", compression);
  }
  if (kind.samples < kind.base_samples() || kind.samples > 4) {
    return fmt::format("TIFF of {} samples per pixel", kind.samples);
  }
  std::uint16_t extra = 0;
  const std::uint16_t* meanings = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra, &meanings);
  for (unsigned n = 0; n < extra; ++n) {
    if (meanings[n] == EXTRASAMPLE_ASSOCALPHA) {
      return "TIFF whose colours are multiplied with their alpha";
    }
  }
  return {};
}

bool has_more_pages(const OpenTiff& tiff) {
  for (int n = 1; TIFFLastDirectory(tiff) == 0; ++n) {
    if (n == kMaxDirectories || TIFFReadDirectory(tiff) == 0) return true;
    const auto type = tiff.tag<std::uint32_t>(TIFFTAG_SUBFILETYPE, 0);
    if ((type & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0) return true;
  }
  return false;
}

bool looks_like_tiff(std::span<const std::byte> data) {
  if (data.size() < 4) return false;
  for (const char* mark : {"II*\0", "MM\0*", "II+\0", "MM\0+"}) {
    if (std::memcmp(data.data(), mark, 4) == 0) return true;
  }
  return false;
}

// Whether the first directory lies within the file up to its last field, the offset of the next
// one: libtiff reads that as 0 where the file ends before it.
bool has_whole_directory(std::span<const std::byte> data) {
  const bool little = data[0] == std::byte{'I'};
  const bool big = data[little ? 2 : 3] == std::byte{'+'};
  const auto number = [&](std::uint64_t at, unsigned bytes) -> std::optional<std::uint64_t> {
    if (at > data.size() || data.size() - at < bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned n = 0; n < bytes; ++n) {
      value = value << 8 | std::to_integer<std::uint64_t>(data[at + (little ? bytes - 1 - n : n)]);
    }
    return value;
  };
  const unsigned offset_bytes = big ? 8 : 4, count_bytes = big ? 8 : 2, entry_bytes = big ? 20 : 12;
  const auto start = number(big ? 8 : 4, offset_bytes);
  const auto count = start ? number(*start, count_bytes) : std::nullopt;
  if (!count || *count > data.size() / entry_bytes) return false;
  return number(*start + count_bytes + entry_bytes * *count, offset_bytes).has_value();
}

std::variant<ImageHeader, Reject> check_tiff(std::span<const std::byte> data) {
  if (!has_whole_directory(data)) {
    return Reject{
        fmt::format("TIFF is truncated: it has {} bytes, and its directory of tags is "
                    "beyond them",
                    data.size())};
  }
  const OpenTiff tiff(data);
  if (!tiff) return damaged_tiff();
  const auto width = tiff.tag<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0);
  const auto height = tiff.tag<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0);
  if (width == 0 || height == 0)
    return Reject{fmt::format("TIFF claims {}x{} pixels", width, height)};
  TiffKind kind;
  kind.bits = tiff.tag<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  kind.samples = tiff.tag<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  std::uint16_t photometric = 0xFFFF;
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) != 1) {
    return Reject{"TIFF does not say what its samples mean (no photometric interpretation)"};
  }
  kind.photometric = photometric;
  kind.planes =
      tiff.tag<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE &&
      kind.samples > 1;
  kind.tiles = TIFFIsTiled(tiff) != 0;
  if (auto fault = unknown_kind(tiff, kind); !fault.empty()) return Reject{fault};
  if (has_more_pages(tiff)) return Reject{"TIFF of several pages, expected one image"};
  const unsigned alpha = kind.samples > kind.base_samples() ? 1 : 0;
  const unsigned channels =
      (kind.photometric == PHOTOMETRIC_PALETTE ? 3 : kind.base_samples()) + alpha;
  return ImageHeader{width, height, kind.bits, channels, kind};
}

// Puts decoded samples where they belong in the image.
class TiffPixels {
 public:
  TiffPixels(const OpenTiff& tiff, const TiffKind& kind, const ImageHeader& header)
      : kind_(kind),
        grey16_(header.is_grey16()),
        image_(header.height, header.width, grey16_ ? 1 : 3, grey16_ ? 2 : 1) {
    if (kind.photometric != PHOTOMETRIC_PALETTE) return;
    std::array<const std::uint16_t*, 3> map{};
    palette_ok_ = TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) == 1;
    for (std::size_t i = 0; palette_ok_ && i < 256; ++i) {
      for (std::size_t c = 0; c < 3; ++c) palette_[i][c] = std::uint8_t(map[c][i] >> 8);
    }
  }

  bool palette_ok() const { return palette_ok_; }
  Image&& take() && { return std::move(image_); }

  // `count` pixels of row y from column x, of plane `plane` or of all samples.
  void put(std::uint32_t y, std::uint32_t x, std::uint32_t count, unsigned plane,
           const std::byte* samples) {
    const std::size_t at = std::size_t{y} * image_.width + x;
    const unsigned step = kind_.planes ? 1 : kind_.samples;
    if (grey16_) {
      for (std::uint32_t i = 0; i < count; ++i) {
        std::memcpy(image_.u16() + at + i, samples + 2 * std::size_t{i} * step, 2);
      }
      return;
    }
    std::uint8_t* out = image_.u8() + 3 * at;
    for (std::uint32_t i = 0; i < count; ++i, out += 3) {
      const std::size_t first = std::size_t{i} * step;
      if (kind_.colour() && kind_.planes) {
        out[plane] = level(samples, first);
      } else if (kind_.colour()) {
        for (unsigned c = 0; c < 3; ++c) out[c] = level(samples, first + c);
      } else if (kind_.photometric == PHOTOMETRIC_PALETTE) {
        std::copy_n(palette_[level(samples, first)].data(), 3, out);
      } else {
        const auto grey = level(samples, first);
        std::fill_n(out, 3,
                    kind_.photometric == PHOTOMETRIC_MINISWHITE ? std::uint8_t(255 - grey) : grey);
      }
    }
  }

 private:
  std::uint8_t level(const std::byte* samples, std::size_t n) const {
    if (kind_.bits == 8) return std::to_integer<std::uint8_t>(samples[n]);
    std::uint16_t value;
    std::memcpy(&value, samples + 2 * n, 2);
    return std::uint8_t(value >> 8);
  }

  TiffKind kind_;
  bool grey16_, palette_ok_ = true;
  Image image_;
  std::array<std::array<std::uint8_t, 3>, 256> palette_{};
};

bool read_tiles(const OpenTiff& tiff, const TiffKind& kind, const ImageHeader& header,
                unsigned planes, TiffPixels& pixels) {
  const auto width = tiff.tag<std::uint32_t>(TIFFTAG_TILEWIDTH, 0);
  const auto height = tiff.tag<std::uint32_t>(TIFFTAG_TILELENGTH, 0);
  const std::size_t row = std::size_t{width} * (kind.planes ? 1 : kind.samples) * (kind.bits / 8);
  const tmsize_t bytes = TIFFTileSize(tiff);
  if (width == 0 || height == 0 || bytes <= 0 || bytes > kMaxPieceBytes ||
      std::size_t(bytes) != row * height) {
    return false;
  }
  std::vector<std::byte> tile(static_cast<std::size_t>(bytes));
  for (unsigned plane = 0; plane < planes; ++plane) {
    for (std::uint32_t y = 0; y < header.height; y += height) {
      for (std::uint32_t x = 0; x < header.width; x += width) {
        if (TIFFReadTile(tiff, tile.data(), x, y, 0, static_cast<std::uint16_t>(plane)) != bytes) {
          return false;
        }
        for (std::uint32_t line = 0; line < std::min(height, header.height - y); ++line) {
          pixels.put(y + line, x, std::min(width, header.width - x), plane,
                     tile.data() + line * row);
        }
        if (header.width - x <= width) break;  // no overflow of x, nor of y below
      }
      if (header.height - y <= height) break;
    }
  }
  return true;
}

bool read_lines(const OpenTiff& tiff, const TiffKind& kind, const ImageHeader& header,
                unsigned planes, TiffPixels& pixels) {
  const std::size_t row =
      std::size_t{header.width} * (kind.planes ? 1 : kind.samples) * (kind.bits / 8);
  const tmsize_t bytes = TIFFScanlineSize(tiff);
  if (bytes <= 0 || std::size_t(bytes) != row) return false;
  std::vector<std::byte> line(row);
  for (unsigned plane = 0; plane < planes; ++plane) {
    for (std::uint32_t y = 0; y < header.height; ++y) {
      if (TIFFReadScanline(tiff, line.data(), y, static_cast<std::uint16_t>(plane)) != 1) {
        return false;
      }
      pixels.put(y, 0, header.width, plane, line.data());
    }
  }
  return true;
}

Decoded decode_tiff(std::span<const std::byte> data, const ImageHeader& header,
                    const DecodeOptions&) {
  const auto& kind = std::any_cast<const TiffKind&>(header.details);
  const OpenTiff tiff(data);
  if (!tiff) return damaged_tiff();
  if (kind.photometric == PHOTOMETRIC_YCBCR) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  TiffPixels pixels(tiff, kind, header);
  if (!pixels.palette_ok()) return Reject{"TIFF has no palette (no colour map)"};
  const unsigned planes = kind.planes ? kind.base_samples() : 1;
  const bool whole = kind.tiles ? read_tiles(tiff, kind, header, planes, pixels)
                                : read_lines(tiff, kind, header, planes, pixels);
  if (!whole || tiff_words[0] != '\0') return damaged_tiff();
  return std::move(pixels).take();
}

}  // namespace

extern const ImageFormat kTiffFormat = {"TIFF", looks_like_tiff, check_tiff, decode_tiff};

}  // namespace rod::image
