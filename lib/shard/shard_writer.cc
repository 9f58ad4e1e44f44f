#include "shard/shard_writer.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "shard/codec.h"
#include "shard/shard_format.h"

namespace rod::shard {
namespace {

void append(std::vector<std::byte>& to, std::span<const std::byte> data) {
  to.insert(to.end(), data.begin(), data.end());
}

}  // namespace

struct RecordEncoder::State {
  PixelFormat pixels;
  Codec codec;
  std::unique_ptr<ImageEncoder> encoder;  // none where pixels are stored as they are
  std::unique_ptr<ImageDecoder> decoder;  // of a lossy codec
  std::vector<std::byte> scratch;  // grows to the largest image once; records get exact copies
  std::vector<std::byte> decoded_rgb, decoded_depth;

  // `hash`: of the pixels that a reader will get, which are put into `decoded` if the codec is
  // lossy.
  std::vector<std::byte> store(std::span<const std::byte> pixels_in, const StoredImage& image,
                               std::vector<std::byte>& decoded, std::uint64_t& hash) {
    if (codec->lossless || pixels_in.empty()) hash = hash64(pixels_in);
    if (encoder == nullptr || pixels_in.empty()) return {pixels_in.begin(), pixels_in.end()};
    scratch.clear();
    encoder->encode(pixels_in, image, scratch);
    if (!codec->lossless) {
      decoded.resize(pixels_in.size());
      if (!decoder->decode(scratch, image, decoded)) {
        throw Error(ErrorKind::kFailed,
                    fmt::format("codec {} can't decode what it has encoded", codec->name));
      }
      hash = hash64(decoded);
    }
    return {scratch.begin(), scratch.end()};
  }
};

RecordEncoder::RecordEncoder(const PixelFormat& pixels, Codec codec, const EncoderOptions& options)
    : state_(new State{pixels, codec, nullptr, nullptr, {}, {}, {}}) {
  check_codec(codec, pixels);
  if (codec->make_encoder != nullptr) state_->encoder = codec->make_encoder(options);
  if (!codec->lossless) state_->decoder = codec->make_decoder();
}
RecordEncoder::~RecordEncoder() = default;
RecordEncoder::RecordEncoder(RecordEncoder&&) noexcept = default;

const std::vector<std::byte>& RecordEncoder::decoded_rgb() const {
  return state_->decoded_rgb;
}
const std::vector<std::byte>& RecordEncoder::decoded_depth() const {
  return state_->decoded_depth;
}

EncodedRecord RecordEncoder::encode(std::string key, std::int64_t label,
                                    std::span<const std::byte> rgb,
                                    std::span<const std::byte> depth) {
  return encode(std::move(key), label, rgb, depth, state_->pixels.size());
}

EncodedRecord RecordEncoder::encode(std::string key, std::int64_t label,
                                    std::span<const std::byte> rgb,
                                    std::span<const std::byte> depth, const PairSize& size) {
  const PixelFormat& pixels = state_->pixels;
  const bool fits = pixels.ragged() || size == pixels.size();
  if (!fits || rgb.size() != PixelFormat::rgb_bytes(size) ||
      depth.size() != pixels.depth_bytes(size)) {
    throw std::invalid_argument(
        fmt::format("'{}': rgb of {} and depth of {} bytes, expected {} and {}", key, rgb.size(),
                    depth.size(), PixelFormat::rgb_bytes(size), pixels.depth_bytes(size)));
  }
  EncodedRecord record;
  record.key = std::move(key);
  record.label = label;
  record.size = size;
  record.rgb = state_->store(rgb, rgb_image(size), state_->decoded_rgb, record.rgb_hash);
  record.depth =
      state_->store(depth, depth_image(size, pixels), state_->decoded_depth, record.depth_hash);
  return record;
}

ShardWriter::ShardWriter(const PixelFormat& pixels, Codec codec, Metadata metadata)
    : pixels_(pixels), codec_(codec), metadata_(std::move(metadata)) {
  for (const auto& [key, value] : shard_metadata(pixels, codec)) metadata_[key] = value;
}

void ShardWriter::reserve(std::uint64_t samples) {
  if (!codec_->stored_as_is()) return;
  rgb_.reserve(samples * pixels_.rgb_bytes());
  depth_.reserve(samples * pixels_.depth_bytes());
}

void ShardWriter::add(const EncodedRecord& record) {
  labels_.push_back(record.label);
  append(keys_, std::as_bytes(std::span(record.key)));
  append(rgb_, record.rgb);
  append(depth_, record.depth);
  key_offsets_.push_back(static_cast<std::int64_t>(keys_.size()));
  rgb_offsets_.push_back(static_cast<std::int64_t>(rgb_.size()));
  depth_offsets_.push_back(static_cast<std::int64_t>(depth_.size()));
  hashes_.push_back(record.rgb_hash);
  hashes_.push_back(record.depth_hash);
  for (const std::uint32_t side : {record.size.rgb_height, record.size.rgb_width,
                                   record.size.depth_height, record.size.depth_width}) {
    if (pixels_.ragged()) sizes_.push_back(side);
  }
}

ShardInfo ShardWriter::publish(const std::filesystem::path& folder, const std::string& file) const {
  const std::uint64_t n = samples();
  if (n == 0) throw std::invalid_argument("a shard without samples can't be published");
  const std::uint64_t height = pixels_.height, width = pixels_.width;

  // 8-byte numbers first, then 2-byte numbers, then bytes: so each tensor is aligned without holes.
  std::vector<TensorData> tensors = {
      {"label", Dtype::kI64, {n}, std::as_bytes(std::span(labels_))},
      {"hash", Dtype::kU64, {n, 2}, std::as_bytes(std::span(hashes_))},
      {"key_offsets", Dtype::kI64, {n + 1}, std::as_bytes(std::span(key_offsets_))}};
  if (pixels_.ragged())
    tensors.push_back({"size", Dtype::kI64, {n, 4}, std::as_bytes(std::span(sizes_))});
  const bool offsets = has_offsets(pixels_, codec_);
  if (offsets) {
    if (pixels_.has_rgb())
      tensors.push_back(
          {"rgb_offsets", Dtype::kI64, {n + 1}, std::as_bytes(std::span(rgb_offsets_))});
    if (pixels_.has_depth())
      tensors.push_back(
          {"depth_offsets", Dtype::kI64, {n + 1}, std::as_bytes(std::span(depth_offsets_))});
  }
  std::vector<std::span<const std::byte>> small;  // what is read at opening
  for (const TensorData& tensor : tensors) small.push_back(tensor.data);
  small.push_back(keys_);

  if (pixels_.has_depth()) {
    const bool colour = pixels_.depth == DepthKind::kColour;
    tensors.push_back(offsets  ? TensorData{"depth", Dtype::kU8, {depth_.size()}, depth_}
                      : colour ? TensorData{"depth", Dtype::kU8, {n, height, width, 3}, depth_}
                               : TensorData{"depth", Dtype::kU16, {n, height, width}, depth_});
  }
  if (pixels_.has_rgb()) {
    tensors.push_back(offsets ? TensorData{"rgb", Dtype::kU8, {rgb_.size()}, rgb_}
                              : TensorData{"rgb", Dtype::kU8, {n, height, width, 3}, rgb_});
  }
  tensors.push_back({"key", Dtype::kU8, {keys_.size()}, keys_});

  const ShardName name = parse_shard_file_name(file);
  Metadata metadata = metadata_;
  metadata[kSplitKey] = name.split;
  metadata[kNumberKey] = std::to_string(name.number);
  metadata[kFingerprintKey] = shard_fingerprint(metadata, small);

  write_safetensors(folder / file, tensors, metadata);

  const std::string header = safetensors_header(tensors, metadata);
  Hasher hasher;
  hasher.update(header);
  std::uint64_t bytes = header.size();
  for (const TensorData& tensor : tensors) {
    hasher.update(tensor.data);
    bytes += tensor.data.size();
  }
  return {file, n, bytes, hasher.digest()};
}

}  // namespace rod::shard
