// The zstd codec (FORMAT.md): lossless; row filters, then zstd with Huffman codes.
// for the name of one parameter, which every zstd since 1.3.8 knows
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "shard/codec.h"
#include "shard/row_filter.h"

namespace rod::shard {
namespace {

// Measured in FORMAT.md: residuals are a matter of Huffman codes. Matches shorter than 7 bytes are
// chance and cost more than they save; a search that takes larger steps, in a table that stays in
// the first-level cache, loses nothing.
constexpr int kLevel = -5;
constexpr int kMinMatch = 7;
constexpr int kHashLog = 8;
constexpr int kAlways =
    1;  // Huffman codes, which negative levels go without (ZSTD_lcm_huffman, later ZSTD_ps_enable)

// A row's tag: the filter's number, plus this where two residuals share a byte.
constexpr unsigned kPacked = 16;
constexpr unsigned kTags = kPacked + RowFilter::kCount;

std::size_t packed_bytes(std::size_t samples) {
  return (samples + 1) / 2;
}

template <typename T>
std::size_t stored_row_bytes(unsigned tag, std::size_t samples) {
  return tag < kPacked ? samples * sizeof(T) : packed_bytes(samples);
}

// Huffman codes spend at least one bit per byte, so residuals that are mostly zero are packed;
// wider ones compress better alone. Below 0.6 per sample, and only where each fits four bits.
template <typename T>
bool should_pack(const FilteredRow& filtered, const T* residual, std::size_t samples) {
  if (filtered.magnitude * 10 >= samples * 6) return false;
  T outside = 0;
  for (std::size_t i = 0; i < samples; ++i) outside |= static_cast<T>(residual[i] + 8) & ~T{15};
  return outside == 0;
}

template <typename T>
void store_row(unsigned tag, const T* residual, std::size_t samples, std::uint8_t* out) {
  if (tag >= kPacked) {
    for (std::size_t i = 0; i + 1 < samples; i += 2) {
      out[i / 2] = static_cast<std::uint8_t>((residual[i] + 8) << 4 | ((residual[i + 1] + 8) & 15));
    }
    if (samples % 2 == 1)
      out[samples / 2] = static_cast<std::uint8_t>((residual[samples - 1] + 8) << 4);
  } else {
    for (std::size_t plane = 0; plane < sizeof(T); ++plane) {
      for (std::size_t i = 0; i < samples; ++i) {
        *out++ = static_cast<std::uint8_t>(residual[i] >> 8 * plane);
      }
    }
  }
}

// The residuals of a stored row: where they lie, or in `room` [samples] when they had to be
// unpacked. Written so that compilers make vector code of it: `__restrict`, and an index of bytes.
template <typename T>
const T* load_row(unsigned tag, const std::uint8_t* __restrict stored, std::size_t samples,
                  T* __restrict room) {
  if (tag >= kPacked) {
    for (std::size_t i = 0; i < samples / 2; ++i) {
      room[2 * i] = static_cast<T>((stored[i] >> 4) - 8);
      room[2 * i + 1] = static_cast<T>((stored[i] & 15) - 8);
    }
    if (samples % 2 == 1) room[samples - 1] = static_cast<T>((stored[samples / 2] >> 4) - 8);
    return room;
  }
  if constexpr (sizeof(T) == 1) {
    return stored;
  } else {
    for (std::size_t i = 0; i < samples; ++i) {
      room[i] = static_cast<T>(stored[i] | stored[samples + i] << 8);
    }
    return room;
  }
}

// A row above the first one is zeros.
template <typename T>
const T* row_above(const T* pixels, std::size_t y, std::size_t above, std::size_t samples,
                   const std::vector<std::uint8_t>& zeros) {
  if (y >= above) return pixels + (y - above) * samples;
  return reinterpret_cast<const T*>(zeros.data());
}

// An object's memory for one sample type, kept from image to image.
struct RowMemory {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint16_t> words;

  template <typename T>
  T* room(std::size_t samples) {
    of<T>().resize(samples);
    return of<T>().data();
  }
  template <typename T>
  std::vector<T>& of() {
    if constexpr (sizeof(T) == 1)
      return bytes;
    else
      return words;
  }
};

class ZstdEncoder : public ImageEncoder {
 public:
  ZstdEncoder() {
    if (compressor_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_minMatch, kMinMatch);
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_hashLog, kHashLog);
    ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_literalCompressionMode, kAlways);
  }

  std::size_t encode(std::span<const std::byte> pixels, const StoredImage& image,
                     std::vector<std::byte>& out) override {
    const std::size_t rows = image.height, row_bytes = pixels.size() / rows;
    content_.resize(rows + pixels.size());
    zeros_.assign(row_bytes, 0);
    const std::size_t content_bytes =
        image.pixel_bytes == 3
            ? fill_content(reinterpret_cast<const std::uint8_t*>(pixels.data()), rows, row_bytes)
            : fill_content(reinterpret_cast<const std::uint16_t*>(pixels.data()), rows,
                           row_bytes / 2);
    const std::size_t before = out.size();
    out.resize(before + ZSTD_compressBound(content_bytes));
    const std::size_t made = ZSTD_compress2(compressor_.get(), out.data() + before,
                                            out.size() - before, content_.data(), content_bytes);
    if (ZSTD_isError(made)) {
      throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(made));
    }
    out.resize(before + made);
    return made;
  }

 private:
  // Writes the image's tags and stored rows to content_; returns their size.
  template <typename T>
  std::size_t fill_content(const T* pixels, std::size_t rows, std::size_t samples) {
    T* const residual = residuals_.room<T>(rows * samples);
    std::uint8_t* const tags = content_.data();
    for (std::size_t y = 0; y < rows; ++y) {
      const FilteredRow filtered =
          filter_row(pixels + y * samples, row_above(pixels, y, 1, samples, zeros_),
                     row_above(pixels, y, 2, samples, zeros_), samples, scratch_.of<T>(),
                     residual + y * samples);
      const bool pack = should_pack(filtered, residual + y * samples, samples);
      tags[y] = static_cast<std::uint8_t>(filtered.filter.number() + (pack ? kPacked : 0));
    }
    std::uint8_t* out = tags + rows;
    for (unsigned tag = 0; tag < kTags; ++tag) {
      for (std::size_t y = 0; y < rows; ++y) {
        if (tags[y] != tag) continue;
        store_row(tag, residual + y * samples, samples, out);
        out += stored_row_bytes<T>(tag, samples);
      }
    }
    return static_cast<std::size_t>(out - content_.data());
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> compressor_{ZSTD_createCCtx()};
  std::vector<std::uint8_t> content_;  // tags, then rows grouped by tag
  std::vector<std::uint8_t> zeros_;
  RowMemory residuals_, scratch_;
};

class ZstdDecoder : public ImageDecoder {
 public:
  ZstdDecoder() {
    if (decompressor_ == nullptr) throw std::bad_alloc();
  }

  bool decode(std::span<const std::byte> stored, const StoredImage& image,
              std::span<std::byte> pixels) override {
    const std::size_t rows = image.height, row_bytes = pixels.size() / rows;
    content_.resize(rows + pixels.size());
    zeros_.assign(row_bytes, 0);
    // One frame that states its size, and nothing after it.
    const unsigned long long claimed = ZSTD_getFrameContentSize(stored.data(), stored.size());
    // Unknown and error are huge.
    if (claimed > content_.size() || claimed < rows) return false;
    if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) return false;
    const std::size_t content_bytes = ZSTD_decompressDCtx(
        decompressor_.get(), content_.data(), content_.size(), stored.data(), stored.size());
    if (content_bytes != claimed) return false;
    return image.pixel_bytes == 3 ? restore(content_bytes, rows, row_bytes,
                                            reinterpret_cast<std::uint8_t*>(pixels.data()))
                                  : restore(content_bytes, rows, row_bytes / 2,
                                            reinterpret_cast<std::uint16_t*>(pixels.data()));
  }

 private:
  // The pixels of content_; false when it is not what an encoder makes for this size.
  template <typename T>
  bool restore(std::size_t content_bytes, std::size_t rows, std::size_t samples, T* pixels) {
    const std::uint8_t* const tags = content_.data();
    std::array<std::size_t, kTags> count{}, at{};
    for (std::size_t y = 0; y < rows; ++y) {
      if (tags[y] % kPacked >= RowFilter::kCount || tags[y] >= kTags) return false;
      ++count[tags[y]];
    }
    std::size_t end = rows;
    for (unsigned tag = 0; tag < kTags; ++tag) {
      at[tag] = end;
      end += count[tag] * stored_row_bytes<T>(tag, samples);
    }
    if (end != content_bytes) return false;

    T* const unpacked = residuals_.room<T>(samples);
    for (std::size_t y = 0; y < rows; ++y) {
      const unsigned tag = tags[y];
      const T* const residual = load_row(tag, content_.data() + at[tag], samples, unpacked);
      at[tag] += stored_row_bytes<T>(tag, samples);
      restore_row(RowFilter::from_number(tag % kPacked), residual,
                  row_above(pixels, y, 1, samples, zeros_),
                  row_above(pixels, y, 2, samples, zeros_), samples, pixels + y * samples);
    }
    return true;
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> decompressor_{ZSTD_createDCtx()};
  std::vector<std::uint8_t> content_;  // tags, then rows grouped by tag
  std::vector<std::uint8_t> zeros_;
  RowMemory residuals_;
};

std::size_t zstd_bound(const StoredImage& image) {
  return ZSTD_compressBound(image.height + image.bytes());
}

}  // namespace

// Real crops take about a quarter.
extern const CodecEntry kZstdCodec = {
    .name = "zstd",
    .summary = "lossless, about a quarter of the bytes",
    .lossless = true,
    .has_quality = false,
    .holds_16_bits = true,
    .most_stored_share = 0.4,
    .bound = zstd_bound,
    .make_encoder = [](const EncoderOptions&) -> std::unique_ptr<ImageEncoder> {
      return std::make_unique<ZstdEncoder>();
    },
    .make_decoder = []() -> std::unique_ptr<ImageDecoder> {
      return std::make_unique<ZstdDecoder>();
    },
};

}  // namespace rod::shard
