#define ZSTD_STATIC_LINKING_ONLY  // for the name of one parameter, which every zstd since 1.3.8 knows
#include "shard/codec.h"

#include <zstd.h>

#include <array>
#include <new>
#include <stdexcept>
#include <string>

#include "shard/row_filter.h"

namespace rod {
namespace {

// Measured in FORMAT.md: residuals are a matter of Huffman codes. Matches shorter than 7 bytes are chance and cost more
// than they save; a search that takes larger steps, in a table that stays in the first-level cache, loses nothing.
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

// Huffman codes spend at least one bit per byte, so residuals that are mostly zero are packed; wider
// ones compress better alone. Below 0.6 per sample, and only where each fits four bits.
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

// The residuals of a stored row: where they lie, or in `room` [samples] when they had to be unpacked.
// Written so that compilers make vector code of it: `__restrict`, and an index of bytes.
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

}  // namespace

struct ZstdCodec::State {
  ZSTD_CCtx* compressor = ZSTD_createCCtx();
  ZSTD_DCtx* decompressor = ZSTD_createDCtx();
  std::vector<std::uint8_t> content;  // tags, then rows grouped by tag
  std::vector<std::uint8_t> zeros;    // the rows above the first one
  // By sample type.
  std::vector<std::uint8_t> scratch8, residuals8;
  std::vector<std::uint16_t> scratch16, residuals16;

  State() {
    if (compressor == nullptr || decompressor == nullptr) {
      ZSTD_freeCCtx(compressor);
      ZSTD_freeDCtx(decompressor);
      throw std::bad_alloc();
    }
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_minMatch, kMinMatch);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_hashLog, kHashLog);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_literalCompressionMode, kAlways);
  }
  ~State() {
    ZSTD_freeCCtx(compressor);
    ZSTD_freeDCtx(decompressor);
  }

  template <typename T>
  std::vector<T>& scratch() {
    if constexpr (sizeof(T) == 1)
      return scratch8;
    else
      return scratch16;
  }
  template <typename T>
  std::vector<T>& residuals() {
    if constexpr (sizeof(T) == 1)
      return residuals8;
    else
      return residuals16;
  }

  // Row `above` rows over row `y`, zeros where the image has none.
  template <typename T>
  const T* row_above(const T* pixels, std::size_t y, std::size_t above, std::size_t samples) {
    if (y >= above) return pixels + (y - above) * samples;
    return reinterpret_cast<const T*>(zeros.data());
  }

  template <typename T>
  std::size_t fill_content(const T* pixels, std::size_t rows, std::size_t samples);
  template <typename T>
  bool restore(std::size_t content_bytes, std::size_t rows, std::size_t samples, T* pixels);
};

template <typename T>
std::size_t ZstdCodec::State::fill_content(const T* pixels, std::size_t rows, std::size_t samples) {
  residuals<T>().resize(rows * samples);
  T* const residual = residuals<T>().data();
  std::uint8_t* const tags = content.data();
  for (std::size_t y = 0; y < rows; ++y) {
    const FilteredRow filtered =
        filter_row(pixels + y * samples, row_above(pixels, y, 1, samples),
                   row_above(pixels, y, 2, samples), samples, scratch<T>(), residual + y * samples);
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
  return static_cast<std::size_t>(out - content.data());
}

template <typename T>
bool ZstdCodec::State::restore(std::size_t content_bytes, std::size_t rows, std::size_t samples,
                               T* pixels) {
  const std::uint8_t* const tags = content.data();
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

  residuals<T>().resize(samples);
  for (std::size_t y = 0; y < rows; ++y) {
    const unsigned tag = tags[y];
    const T* const residual =
        load_row(tag, content.data() + at[tag], samples, residuals<T>().data());
    at[tag] += stored_row_bytes<T>(tag, samples);
    restore_row(RowFilter::from_number(tag % kPacked), residual, row_above(pixels, y, 1, samples),
                row_above(pixels, y, 2, samples), samples, pixels + y * samples);
  }
  return true;
}

ZstdCodec::ZstdCodec() : state_(std::make_unique<State>()) {}
ZstdCodec::~ZstdCodec() = default;
ZstdCodec::ZstdCodec(ZstdCodec&&) noexcept = default;
ZstdCodec& ZstdCodec::operator=(ZstdCodec&&) noexcept = default;

std::size_t ZstdCodec::max_stored_bytes(std::size_t pixels_bytes, std::uint32_t rows) {
  return ZSTD_compressBound(rows + pixels_bytes);
}

std::size_t ZstdCodec::encode(std::span<const std::byte> pixels, std::uint32_t rows,
                              unsigned pixel_bytes, std::vector<std::byte>& out) {
  State& state = *state_;
  state.content.resize(rows + pixels.size());
  state.zeros.assign(pixels.size() / rows, 0);
  std::size_t content_bytes = 0;
  if (pixel_bytes == 3) {
    content_bytes = state.fill_content(reinterpret_cast<const std::uint8_t*>(pixels.data()), rows,
                                       pixels.size() / rows);
  } else {
    content_bytes = state.fill_content(reinterpret_cast<const std::uint16_t*>(pixels.data()), rows,
                                       pixels.size() / rows / 2);
  }
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(content_bytes));
  const std::size_t made = ZSTD_compress2(state.compressor, out.data() + before,
                                          out.size() - before, state.content.data(), content_bytes);
  if (ZSTD_isError(made)) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(made));
  out.resize(before + made);
  return made;
}

bool ZstdCodec::decode(std::span<const std::byte> stored, std::uint32_t rows, unsigned pixel_bytes,
                       std::span<std::byte> pixels) {
  State& state = *state_;
  state.content.resize(rows + pixels.size());
  state.zeros.assign(pixels.size() / rows, 0);
  // One frame that states its size, and nothing after it.
  const unsigned long long claimed = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (claimed > state.content.size() || claimed < rows) return false;  // unknown and error are huge
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) return false;
  const std::size_t content_bytes = ZSTD_decompressDCtx(
      state.decompressor, state.content.data(), state.content.size(), stored.data(), stored.size());
  if (content_bytes != claimed) return false;
  if (pixel_bytes == 3) {
    return state.restore(content_bytes, rows, pixels.size() / rows,
                         reinterpret_cast<std::uint8_t*>(pixels.data()));
  }
  return state.restore(content_bytes, rows, pixels.size() / rows / 2,
                       reinterpret_cast<std::uint16_t*>(pixels.data()));
}

}  // namespace rod
