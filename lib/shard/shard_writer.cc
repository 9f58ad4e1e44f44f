#include "shard/shard_writer.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/hash.h"
#include "shard/codec.h"
#include "shard/shard_format.h"

namespace rod {
namespace {

void append(std::vector<std::byte>& to, std::span<const std::byte> data) {
  to.insert(to.end(), data.begin(), data.end());
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

}  // namespace

struct RecordEncoder::State {
  PixelFormat pixels;
  Codec codec;
  ZstdCodec zstd;
  std::vector<std::byte> scratch;  // grows to the largest image once; records get exact copies

  std::vector<std::byte> store(std::span<const std::byte> image, unsigned pixel_bytes) {
    if (codec == Codec::kRaw) return {image.begin(), image.end()};
    scratch.clear();
    zstd.encode(image, pixels.height, pixel_bytes, scratch);
    return {scratch.begin(), scratch.end()};
  }
};

RecordEncoder::RecordEncoder(const PixelFormat& pixels, Codec codec)
    : state_(new State{pixels, codec, {}, {}}) {}
RecordEncoder::~RecordEncoder() = default;
RecordEncoder::RecordEncoder(RecordEncoder&&) noexcept = default;

EncodedRecord RecordEncoder::encode(std::string key, std::int64_t label,
                                    std::span<const std::byte> rgb,
                                    std::span<const std::byte> depth) {
  const PixelFormat& pixels = state_->pixels;
  if (rgb.size() != pixels.rgb_bytes() || depth.size() != pixels.depth_bytes()) {
    throw std::invalid_argument(
        fmt::format("'{}': rgb of {} and depth of {} bytes, expected {} and {}", key, rgb.size(),
                    depth.size(), pixels.rgb_bytes(), pixels.depth_bytes()));
  }
  EncodedRecord record;
  record.key = std::move(key);
  record.label = label;
  record.rgb_hash = hash64(rgb);
  record.depth_hash = hash64(depth);
  record.rgb = state_->store(rgb, 3);
  record.depth = state_->store(depth, pixels.depth == DepthKind::kColour ? 3 : 2);
  return record;
}

ShardWriter::ShardWriter(const PixelFormat& pixels, Codec codec, Metadata metadata)
    : pixels_(pixels), codec_(codec), metadata_(std::move(metadata)) {
  for (const auto& [key, value] : shard_metadata(pixels, codec)) metadata_[key] = value;
}

void ShardWriter::reserve(std::uint64_t samples) {
  if (codec_ != Codec::kRaw) return;
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
}

ShardInfo ShardWriter::publish(const std::filesystem::path& folder, const std::string& file) const {
  const std::uint64_t n = samples();
  if (n == 0) throw std::invalid_argument("a shard without samples can't be published");
  const std::uint64_t height = pixels_.height, width = pixels_.width;

  // 8-byte numbers first, then 2-byte numbers, then bytes: so each tensor is aligned without holes.
  std::vector<TensorData> tensors = {{"label", Dtype::kI64, {n}, bytes_of(labels_)},
                                     {"hash", Dtype::kU64, {n, 2}, bytes_of(hashes_)},
                                     {"key_offsets", Dtype::kI64, {n + 1}, bytes_of(key_offsets_)}};
  const TensorData key = {"key", Dtype::kU8, {keys_.size()}, keys_};
  if (codec_ == Codec::kRaw) {
    const bool colour = pixels_.depth == DepthKind::kColour;
    tensors.push_back(colour ? TensorData{"depth", Dtype::kU8, {n, height, width, 3}, depth_}
                             : TensorData{"depth", Dtype::kU16, {n, height, width}, depth_});
    tensors.push_back({"rgb", Dtype::kU8, {n, height, width, 3}, rgb_});
  } else {
    tensors.push_back({"rgb_offsets", Dtype::kI64, {n + 1}, bytes_of(rgb_offsets_)});
    tensors.push_back({"depth_offsets", Dtype::kI64, {n + 1}, bytes_of(depth_offsets_)});
    tensors.push_back({"depth", Dtype::kU8, {depth_.size()}, depth_});
    tensors.push_back({"rgb", Dtype::kU8, {rgb_.size()}, rgb_});
  }
  tensors.push_back(key);

  std::vector<std::span<const std::byte>> small = {bytes_of(labels_), bytes_of(hashes_),
                                                   bytes_of(key_offsets_)};
  if (codec_ == Codec::kZstd) {
    small.push_back(bytes_of(rgb_offsets_));
    small.push_back(bytes_of(depth_offsets_));
  }
  small.push_back(keys_);
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

}  // namespace rod
