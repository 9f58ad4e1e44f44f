#include "archive/decoder.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"

namespace rod::archive {
namespace {

constexpr std::uint64_t kMostXzMemory = 400ull << 20;  // `xz -9` needs 65 MiB
constexpr std::size_t kMostPiece = 1 << 20;            // decoded between two questions for signals

std::uint32_t little_endian_32(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < 4; ++at) {
    value |= std::to_integer<std::uint32_t>(bytes[at]) << (8 * at);
  }
  return value;
}

class Decoder : public ByteStream {
 public:
  Decoder(BufferedStream& in, DecodeLimits limits) : in_(in), limits_(std::move(limits)) {}

  std::size_t read(std::span<std::byte> out) final {
    if (ended_) return 0;
    out = out.first(std::min(out.size(), kMostPiece));
    const std::size_t got = decode(out);
    ended_ = got == 0;
    total_ += got;
    if (total_ > kHarmlessBytes && total_ / limits_.ratio > limits_.source_bytes()) {
      throw Error(ErrorKind::kNoRoom,
                  fmt::format("{}: unpacks to more than {} times its own size; if that is right, "
                              "raise --limit-ratio",
                              limits_.shown, limits_.ratio));
    }
    return got;
  }

 protected:
  // As read(). Called until it returns 0.
  virtual std::size_t decode(std::span<std::byte> out) = 0;

  // What there is of the input, at least one byte unless it has ended.
  std::span<const std::byte> input() {
    throw_if_stopped("run the same command again");
    return in_.peek(1);
  }
  bool at_end() { return input().empty(); }

  BadInput damaged(Compression compression, std::string_view why) const {
    return BadInput(
        fmt::format("{}: its {} data is damaged or cut at byte {}: {}; copy or download it again",
                    limits_.shown, compression_name(compression), in_.position(), why));
  }
  BadInput followed_by_other_bytes(Compression compression) const {
    return BadInput(fmt::format(
        "{0}: other bytes follow its {1} data from byte {2} on; if they don't belong to it, cut "
        "them off: head -c {2} '{0}' > NEW",
        limits_.shown, compression_name(compression), in_.position()));
  }
  Error too_large(std::string_view what) const {
    return Error(ErrorKind::kNoRoom, fmt::format("{}: {}; decompress it with its own program first",
                                                 limits_.shown, what));
  }

  BufferedStream& in_;
  const DecodeLimits limits_;

 private:
  std::uint64_t total_ = 0;
  bool ended_ = false;
};

// What both readers of gzip share: a member's data, which zlib decodes.
class InflatingDecoder : public Decoder {
 public:
  ~InflatingDecoder() override { inflateEnd(&stream_); }

 protected:
  InflatingDecoder(BufferedStream& in, DecodeLimits limits, int window_bits)
      : Decoder(in, std::move(limits)) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }

  // Returns how many bytes of the member it decoded, perhaps 0; in_member_ is false after the last.
  std::size_t inflate_some(std::span<std::byte> out) {
    const auto from = input();
    if (from.empty()) throw damaged(Compression::kGzip, "it ends within its data");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
    stream_.avail_in = static_cast<uInt>(from.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in_.consume(from.size() - stream_.avail_in);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END) {
      throw damaged(Compression::kGzip,
                    stream_.msg == nullptr ? "it can't be decoded" : stream_.msg);
    }
    in_member_ = result != Z_STREAM_END;
    return out.size() - stream_.avail_out;
  }

  z_stream stream_{};
  bool first_ = true, in_member_ = false;
};

// RFC 1952. zlib decodes, since libdeflate only takes members whole; the check is libdeflate's,
// which is faster.
class GzipDecoder final : public InflatingDecoder {
 public:
  GzipDecoder(BufferedStream& in, DecodeLimits limits)
      : InflatingDecoder(in, std::move(limits), -MAX_WBITS) {}

 private:
  std::size_t decode(std::span<std::byte> out) override {
    while (in_member_ || begin_member()) {
      const std::size_t got = inflate_some(out);
      crc_ = libdeflate_crc32(crc_, out.data(), got);
      length_ += static_cast<std::uint32_t>(got);
      if (!in_member_) end_member();
      if (got > 0) return got;
    }
    return 0;
  }

  // False at the end of the file. Zeros after the last member are what tapes pad with.
  bool begin_member() {
    if (at_end()) return false;
    if (!first_ && in_.peek(1)[0] == std::byte{0}) return skip_zeros();
    const auto head = in_.peek(10);
    if (head.size() < 2 || head[0] != std::byte{0x1F} || head[1] != std::byte{0x8B}) {
      throw followed_by_other_bytes(Compression::kGzip);
    }
    if (head.size() < 10) throw damaged(Compression::kGzip, "it ends within a header");
    const unsigned flags = std::to_integer<unsigned>(head[3]);
    if (head[2] != std::byte{8} || (flags & 0xE0) != 0) {
      throw damaged(Compression::kGzip,
                    "a member's header uses a feature that the format does not have");
    }
    header_crc_ = 0;
    for (int n = 0; n < 10; ++n) header_byte();
    if (flags & 4) {
      const unsigned low = header_byte();
      for (unsigned left = low | header_byte() << 8; left > 0; --left) header_byte();
    }
    for (const unsigned text : {8u, 16u}) {  // a name, a comment
      if (flags & text) {
        while (header_byte() != 0) continue;
      }
    }
    if (flags & 2) {
      const std::uint32_t crc = header_crc_ & 0xFFFF;
      const unsigned low = header_byte();
      if ((low | header_byte() << 8) != crc)
        throw damaged(Compression::kGzip, "the checksum of a header does not match");
    }
    inflateReset(&stream_);
    crc_ = length_ = 0;
    first_ = false;
    return in_member_ = true;
  }

  unsigned header_byte() {
    const auto from = input();
    if (from.empty()) throw damaged(Compression::kGzip, "it ends within a header");
    const auto byte = std::to_integer<unsigned>(from[0]);
    header_crc_ = libdeflate_crc32(header_crc_, from.data(), 1);
    in_.consume(1);
    return byte;
  }

  void end_member() {
    const auto tail = in_.peek(8);
    if (tail.size() < 8) throw damaged(Compression::kGzip, "it ends without its checksum");
    if (little_endian_32(tail) != crc_)
      throw damaged(Compression::kGzip, "the checksum does not match");
    if (little_endian_32(tail.subspan(4)) != length_)
      throw damaged(Compression::kGzip, "the length does not match");
    in_.consume(8);
  }

  bool skip_zeros() {
    for (auto from = input(); !from.empty(); from = input()) {
      const auto other = std::find_if(from.begin(), from.end(),
                                      [](std::byte byte) { return byte != std::byte{}; });
      in_.consume(static_cast<std::size_t>(other - from.begin()));
      if (other != from.end()) throw followed_by_other_bytes(Compression::kGzip);
    }
    return false;
  }

  std::uint32_t crc_ = 0, length_ = 0, header_crc_ = 0;
};

// The same by zlib's own reader of gzip's headers, checksums and lengths.
class ZlibGzipDecoder final : public InflatingDecoder {
 public:
  ZlibGzipDecoder(BufferedStream& in, DecodeLimits limits)
      : InflatingDecoder(in, std::move(limits), kGzipOnly + MAX_WBITS) {}

 private:
  static constexpr int kGzipOnly = 16;  // zlib's manual, inflateInit2()

  std::size_t decode(std::span<std::byte> out) override {
    while (in_member_ || begin_member()) {
      if (const std::size_t got = inflate_some(out); got > 0) return got;
    }
    return 0;
  }

  // As GzipDecoder's: zeros may follow the last member, and nothing else.
  bool begin_member() {
    if (at_end()) return false;
    const bool padded = !first_ && in_.peek(1)[0] == std::byte{0};
    while (padded && !at_end() && in_.peek(1)[0] == std::byte{0}) in_.consume(1);
    if (at_end()) return false;
    const auto mark = in_.peek(2);
    if (padded || mark.size() < 2 || mark[0] != std::byte{0x1F} || mark[1] != std::byte{0x8B}) {
      throw followed_by_other_bytes(Compression::kGzip);
    }
    inflateReset(&stream_);
    first_ = false;
    return in_member_ = true;
  }
};

class Bzip2Decoder final : public Decoder {
 public:
  using Decoder::Decoder;
  ~Bzip2Decoder() override { end(); }

 private:
  std::size_t decode(std::span<std::byte> out) override {
    while (in_stream_ || begin()) {
      const auto from = input();
      if (from.empty()) throw damaged(Compression::kBzip2, "it ends within its data");
      stream_.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(from.data()));
      stream_.avail_in = static_cast<unsigned>(from.size());
      stream_.next_out = reinterpret_cast<char*>(out.data());
      stream_.avail_out = static_cast<unsigned>(out.size());
      const int result = BZ2_bzDecompress(&stream_);
      in_.consume(from.size() - stream_.avail_in);
      if (result == BZ_MEM_ERROR) throw std::bad_alloc();
      if (result != BZ_OK && result != BZ_STREAM_END)
        throw damaged(Compression::kBzip2, "a checksum does not match, or it can't be decoded");
      const std::size_t got = out.size() - stream_.avail_out;
      if (result == BZ_STREAM_END) end();
      if (got > 0) return got;
    }
    return 0;
  }

  bool begin() {
    if (at_end()) return false;
    const auto head = in_.peek(3);
    if (head.size() < 3 || std::memcmp(head.data(), "BZh", 3) != 0)
      throw followed_by_other_bytes(Compression::kBzip2);
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
    return in_stream_ = true;
  }
  void end() {
    if (std::exchange(in_stream_, false)) BZ2_bzDecompressEnd(&stream_);
  }

  bz_stream stream_{};
  bool in_stream_ = false;
};

// xz, and the older forms that liblzma knows.
class XzDecoder final : public Decoder {
 public:
  XzDecoder(Compression kind, BufferedStream& in, DecodeLimits limits)
      : Decoder(in, std::move(limits)), kind_(kind) {
    lzma_ret result = LZMA_PROG_ERROR;
    if (kind == Compression::kXz) {
      result = lzma_stream_decoder(&stream_, kMostXzMemory,
                                   LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK);
    } else if (kind == Compression::kLzma) {
      result = lzma_alone_decoder(&stream_, kMostXzMemory);
    }
#if LZMA_VERSION_MAJOR > 5 || (LZMA_VERSION_MAJOR == 5 && LZMA_VERSION_MINOR >= 4)
    else {
      result = lzma_lzip_decoder(&stream_, kMostXzMemory, LZMA_CONCATENATED);
    }
#endif
    if (result == LZMA_PROG_ERROR) {
      throw BadInput(fmt::format(
          "{0}: is compressed by lzip, which this build can't decode; decompress it on the way: "
          "lzip -dc '{0}' | rodprep extract - FOLDER",
          limits_.shown));
    }
    if (result != LZMA_OK) throw std::bad_alloc();
  }
  ~XzDecoder() override {
    lzma_end(&stream_);
  }

 private:
  std::size_t decode(std::span<std::byte> out) override {
    while (!ended_) {
      const auto from = input();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(from.data());
      stream_.avail_in = from.size();
      stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
      stream_.avail_out = out.size();
      const lzma_ret result = lzma_code(&stream_, from.empty() ? LZMA_FINISH : LZMA_RUN);
      in_.consume(from.size() - stream_.avail_in);
      if (result == LZMA_STREAM_END) {
        ended_ = true;
        if (!at_end()) throw followed_by_other_bytes(kind_);
      } else if (result != LZMA_OK) {
        throw_for(result);
      }
      if (const std::size_t got = out.size() - stream_.avail_out; got > 0) return got;
    }
    return 0;
  }

  [[noreturn]] void throw_for(lzma_ret result) const {
    switch (result) {
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        throw too_large(fmt::format(
            "its {} data needs {} MiB of memory to decode, at most {} are allowed",
            compression_name(kind_), lzma_memusage(&stream_) >> 20, kMostXzMemory >> 20));
      case LZMA_UNSUPPORTED_CHECK:
      case LZMA_OPTIONS_ERROR:
        throw BadInput(fmt::format(
            "{0}: its xz data uses a filter or a check that this build's liblzma lacks; decompress "
            "it on the way: xz -dc '{0}' | rodprep extract - FOLDER",
            limits_.shown));
      case LZMA_BUF_ERROR:
        throw damaged(kind_, "it ends within its data");
      default:
        throw damaged(kind_, "a checksum does not match, or it can't be decoded");
    }
  }

  const Compression kind_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder(BufferedStream& in, DecodeLimits limits)
      : Decoder(in, std::move(limits)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }

 private:
  std::size_t decode(std::span<std::byte> out) override {
    for (;;) {
      const auto from = input();
      if (from.empty() && whole_) return 0;
      ZSTD_inBuffer packed{from.data(), from.size(), 0};
      ZSTD_outBuffer unpacked{out.data(), out.size(), 0};
      const bool at_frame = std::exchange(whole_, false);
      const std::size_t left = ZSTD_decompressStream(stream_, &unpacked, &packed);
      if (ZSTD_isError(left)) throw_for(left, at_frame);
      in_.consume(packed.pos);
      whole_ = left == 0;
      if (unpacked.pos > 0) return unpacked.pos;
      if (from.empty()) throw damaged(Compression::kZstd, "it ends within its data");
    }
  }

  [[noreturn]] void throw_for(std::size_t code, bool at_frame) const {
    switch (ZSTD_getErrorCode(code)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        throw too_large("its zstd data was made with a window of more than 128 MiB (--long)");
      case ZSTD_error_dictionary_wrong:
        throw BadInput(
            fmt::format("{0}: its zstd data needs a dictionary; decompress it on the way: zstd -dc "
                        "-D DICTIONARY "
                        "'{0}' | rodprep extract - FOLDER",
                        limits_.shown));
      case ZSTD_error_prefix_unknown:
        if (at_frame) throw followed_by_other_bytes(Compression::kZstd);
        [[fallthrough]];
      default:
        throw damaged(Compression::kZstd, ZSTD_getErrorName(code));
    }
  }

  ZSTD_DStream* stream_;
  bool whole_ = true;  // no frame is begun
};

class Lz4Decoder final : public Decoder {
 public:
  Lz4Decoder(BufferedStream& in, DecodeLimits limits) : Decoder(in, std::move(limits)) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)))
      throw std::bad_alloc();
  }
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }

 private:
  std::size_t decode(std::span<std::byte> out) override {
    for (;;) {
      const auto from = input();
      if (from.empty() && whole_) return 0;
      if (from.empty()) {  // what is still in the decoder must come out before it is said to be cut
        if (const std::size_t got = step(from, out); got > 0) return got;
        throw damaged(Compression::kLz4, "it ends within its data");
      }
      if (const std::size_t got = step(from, out); got > 0) return got;
    }
  }

  std::size_t step(std::span<const std::byte> from, std::span<std::byte> out) {
    std::size_t packed = from.size(), unpacked = out.size();
    const bool at_frame = std::exchange(whole_, false);
    const std::size_t left =
        LZ4F_decompress(context_, out.data(), &unpacked, from.data(), &packed, nullptr);
    if (LZ4F_isError(left)) {
      const std::string_view why = LZ4F_getErrorName(left);
      if (at_frame && why == "ERROR_frameType_unknown")
        throw followed_by_other_bytes(Compression::kLz4);
      throw damaged(Compression::kLz4, why);
    }
    in_.consume(packed);
    whole_ = left == 0;
    return unpacked;
  }

  LZ4F_dctx* context_ = nullptr;
  bool whole_ = true;
};

// `lz4 -l`: blocks of at most 8 MiB, each with its size before it; the format has no checks.
class LegacyLz4Decoder final : public Decoder {
 public:
  using Decoder::Decoder;

 private:
  static constexpr std::size_t kBlock = 8 << 20;
  static constexpr std::uint32_t kMark = 0x184C2102;

  std::size_t decode(std::span<std::byte> out) override {
    while (given_ == block_.size()) {
      if (!read_block()) return 0;
    }
    const std::size_t count = std::min(out.size(), block_.size() - given_);
    std::memcpy(out.data(), block_.data() + given_, count);
    given_ += count;
    return count;
  }

  bool read_block() {
    for (;;) {
      if (at_end()) return false;
      const auto head = in_.peek(4);
      if (head.size() < 4) throw damaged(Compression::kLegacyLz4, "it ends within its data");
      const std::uint32_t size = little_endian_32(head);
      if (size != kMark && size > std::size_t(LZ4_compressBound(kBlock)))
        throw followed_by_other_bytes(Compression::kLegacyLz4);
      in_.consume(4);
      if (size == kMark) continue;
      packed_.resize(size);
      if (in_.read(packed_) < size)
        throw damaged(Compression::kLegacyLz4, "it ends within its data");
      block_.resize(kBlock);
      const int got = LZ4_decompress_safe(reinterpret_cast<const char*>(packed_.data()),
                                          reinterpret_cast<char*>(block_.data()),
                                          static_cast<int>(size), static_cast<int>(kBlock));
      if (got < 0) throw damaged(Compression::kLegacyLz4, "a block can't be decoded");
      block_.resize(static_cast<std::size_t>(got));
      given_ = 0;
      return true;
    }
  }

  std::vector<std::byte> packed_, block_;
  std::size_t given_ = 0;
};

bool starts_with(std::span<const std::byte> bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

// The format has no mark: usual properties, a dictionary of 2^n bytes, a length that is plausible
// or unknown.
bool is_lzma(std::span<const std::byte> start) {
  if (start.size() < 13 || start[0] != std::byte{0x5D}) return false;
  const std::uint32_t dictionary = little_endian_32(start.subspan(1));
  const std::uint32_t low = little_endian_32(start.subspan(5)),
                      high = little_endian_32(start.subspan(9));
  return dictionary >= 4096 && (dictionary & (dictionary - 1)) == 0 &&
         (high < 64 || (low == 0xFFFFFFFF && high == 0xFFFFFFFF));
}

}  // namespace

std::optional<Compression> compression_of(std::span<const std::byte> start) {
  if (starts_with(start, "\x1F\x8B")) return Compression::kGzip;
  if (starts_with(start, "BZh")) return Compression::kBzip2;
  if (starts_with(start, std::string_view("\xFD"
                                          "7zXZ\0",
                                          6)))
    return Compression::kXz;
  if (starts_with(start, "LZIP\x01")) return Compression::kLzip;
  if (starts_with(start, "\x28\xB5\x2F\xFD")) return Compression::kZstd;
  if (starts_with(start, "\x04\x22\x4D\x18")) return Compression::kLz4;
  if (starts_with(start, "\x02\x21\x4C\x18")) return Compression::kLegacyLz4;
  if (starts_with(start, "\x1F\x9D") || starts_with(start, "\x1F\xA0"))
    return Compression::kCompress;
  if (is_lzma(start)) return Compression::kLzma;
  return std::nullopt;
}

const char* compression_name(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kXz:
      return "xz";
    case Compression::kLzma:
      return "lzma";
    case Compression::kLzip:
      return "lzip";
    case Compression::kZstd:
      return "zstd";
    case Compression::kCompress:
      return "compress (.Z)";
    default:
      return "lz4";
  }
}

std::unique_ptr<ByteStream> make_decoder(Compression compression, BufferedStream& in,
                                         DecodeLimits limits) {
  switch (compression) {
    case Compression::kGzip:
      if (limits.gzip_by_zlib) return std::make_unique<ZlibGzipDecoder>(in, std::move(limits));
      return std::make_unique<GzipDecoder>(in, std::move(limits));
    case Compression::kBzip2:
      return std::make_unique<Bzip2Decoder>(in, std::move(limits));
    case Compression::kXz:
    case Compression::kLzma:
    case Compression::kLzip:
      return std::make_unique<XzDecoder>(compression, in, std::move(limits));
    case Compression::kZstd:
      return std::make_unique<ZstdDecoder>(in, std::move(limits));
    case Compression::kLz4:
      return std::make_unique<Lz4Decoder>(in, std::move(limits));
    case Compression::kLegacyLz4:
      return std::make_unique<LegacyLz4Decoder>(in, std::move(limits));
    default:
      throw BadInput(
          fmt::format("{0}: is compressed by compress (.Z), which is not supported; decompress it "
                      "on the way: gzip -dc '{0}' | rodprep extract - FOLDER",
                      limits.shown));
  }
}

}  // namespace rod::archive
