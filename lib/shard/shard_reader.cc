#include "shard/shard_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "shard/shard_format.h"

namespace rod {
namespace {

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw BadInput(fmt::format("{}: {}; run 'rodprep verify DATASET --repair SOURCE'", path, what));
}

void check_metadata(const SafetensorsFile& file, const PixelFormat& pixels, Codec codec) {
  for (const auto& [key, expected] : shard_metadata(pixels, codec)) {
    const auto found = file.metadata().find(key);
    const std::string value = found == file.metadata().end() ? "nothing" : found->second;
    if (value != expected) {
      refuse(file.path(),
             fmt::format("metadata '{}' is '{}', expected '{}'", key, value, expected));
    }
  }
  for (const char* key : {kSplitKey, kNumberKey}) {
    if (!file.metadata().contains(key))
      refuse(file.path(), fmt::format("metadata '{}' is missing", key));
  }
}

// Offsets must run from 0 to `end` without going back, with at most `max_step` between neighbours.
void check_offsets(const std::string& path, const char* name,
                   const std::vector<std::int64_t>& offsets, std::uint64_t end,
                   std::uint64_t max_step) {
  bool fine = offsets.front() == 0 && static_cast<std::uint64_t>(offsets.back()) == end;
  for (std::size_t i = 1; fine && i < offsets.size(); ++i) {
    fine = offsets[i] >= offsets[i - 1] &&
           static_cast<std::uint64_t>(offsets[i] - offsets[i - 1]) <= max_step;
  }
  if (!fine)
    refuse(path, fmt::format("'{}' does not ascend from 0 to {} in possible steps", name, end));
}

void check_shape(const std::string& path, const char* name, const TensorView& view,
                 const std::vector<std::uint64_t>& expected) {
  if (view.shape != expected) refuse(path, fmt::format("tensor '{}' has the wrong shape", name));
}

}  // namespace

ShardReader::ShardReader(const std::filesystem::path& path, const PixelFormat& pixels, Codec codec)
    : ShardReader(open_file_source(path), pixels, codec) {}

ShardReader::ShardReader(std::unique_ptr<ByteSource> source, const PixelFormat& pixels, Codec codec)
    : file_(std::move(source)), pixels_(pixels), codec_(codec) {
  check_metadata(file_, pixels, codec);
  const std::size_t expected_tensors = codec == Codec::kRaw ? 6 : 8;
  if (file_.tensors().size() != expected_tensors) {
    refuse(file_.path(),
           fmt::format("has {} tensors, expected {}", file_.tensors().size(), expected_tensors));
  }

  const TensorView& label = file_.tensor("label", Dtype::kI64, 1);
  const std::uint64_t n = label.shape[0];
  if (n == 0) refuse(file_.path(), "has no samples");
  const TensorView& hash = file_.tensor("hash", Dtype::kU64, 2);
  check_shape(file_.path(), "hash", hash, {n, 2});
  const TensorView& key = file_.tensor("key", Dtype::kU8, 1);
  const auto offsets_of = [&](const char* name) {
    const TensorView& view = file_.tensor(name, Dtype::kI64, 1);
    check_shape(file_.path(), name, view, {n + 1});
    return file_.read_all<std::int64_t>(view);
  };
  labels_ = file_.read_all<std::int64_t>(label);
  hashes_ = file_.read_all<std::uint64_t>(hash);
  key_offsets_ = offsets_of("key_offsets");
  keys_.resize(key.bytes);
  file_.read(key, 0, std::as_writable_bytes(std::span(keys_)));
  check_offsets(file_.path(), "key_offsets", key_offsets_, key.bytes, key.bytes);

  std::vector<std::span<const std::byte>> small = {bytes_of(labels_), bytes_of(hashes_),
                                                   bytes_of(key_offsets_)};
  if (codec == Codec::kRaw) {
    const bool colour = pixels.depth == DepthKind::kColour;
    rgb_ = file_.tensor("rgb", Dtype::kU8, 4);
    depth_ = file_.tensor("depth", colour ? Dtype::kU8 : Dtype::kU16, colour ? 4 : 3);
    std::vector<std::uint64_t> shape = {n, pixels.height, pixels.width, 3};
    check_shape(file_.path(), "rgb", rgb_, shape);
    if (!colour) shape.pop_back();
    check_shape(file_.path(), "depth", depth_, shape);
  } else {
    rgb_ = file_.tensor("rgb", Dtype::kU8, 1);
    depth_ = file_.tensor("depth", Dtype::kU8, 1);
    rgb_offsets_ = offsets_of("rgb_offsets");
    depth_offsets_ = offsets_of("depth_offsets");
    check_offsets(file_.path(), "rgb_offsets", rgb_offsets_, rgb_.bytes,
                  ZstdCodec::max_stored_bytes(pixels.rgb_bytes(), pixels.height));
    check_offsets(file_.path(), "depth_offsets", depth_offsets_, depth_.bytes,
                  ZstdCodec::max_stored_bytes(pixels.depth_bytes(), pixels.height));
    small.push_back(bytes_of(rgb_offsets_));
    small.push_back(bytes_of(depth_offsets_));
  }
  small.push_back(std::as_bytes(std::span(keys_)));

  const auto fingerprint = file_.metadata().find(kFingerprintKey);
  const std::string expected = shard_fingerprint(file_.metadata(), small);
  if (fingerprint == file_.metadata().end() || fingerprint->second != expected) {
    refuse(file_.path(), fmt::format("its labels, keys, hashes, offsets or metadata have "
                                     "fingerprint {}, which is not the stored one",
                                     expected));
  }
  if (*std::min_element(labels_.begin(), labels_.end()) < 0)
    refuse(file_.path(), "a label is negative");
}

std::string ShardReader::file_name() const {
  const std::string& number = metadata().at(kNumberKey);
  return fmt::format("{}/{:0>5}.safetensors", metadata().at(kSplitKey), number);
}

std::string_view ShardReader::key(std::uint64_t n) const {
  const auto begin = static_cast<std::size_t>(key_offsets_[n]);
  return std::string_view(keys_).substr(begin,
                                        static_cast<std::size_t>(key_offsets_[n + 1]) - begin);
}

void ShardReader::read(std::uint64_t n, std::span<std::byte> rgb, std::span<std::byte> depth,
                       ReadScratch& scratch, bool verify) const {
  const auto fail = [&](ErrorKind kind, const std::string& what) {
    return Error(kind, fmt::format("{}: sample {} ({}): {}", path(), n, key(n), what));
  };
  const auto read_image = [&](const char* name, const TensorView& tensor,
                              const std::vector<std::int64_t>& offsets, unsigned pixel_bytes,
                              std::uint64_t hash, std::span<std::byte> out) {
    bool decoded = true;
    try {
      if (codec_ == Codec::kRaw) {
        file_.read(tensor, n * out.size(), out);
      } else {
        scratch.stored.resize(static_cast<std::size_t>(offsets[n + 1] - offsets[n]));
        file_.read(tensor, static_cast<std::uint64_t>(offsets[n]), scratch.stored);
        decoded = scratch.codec.decode(scratch.stored, pixels_.height, pixel_bytes, out);
      }
    } catch (const Error& error) {
      throw fail(error.kind(), error.what());
    }
    if (!decoded) {
      throw fail(
          ErrorKind::kBadInput,
          fmt::format("its {} is damaged; run 'rodprep verify DATASET --repair SOURCE'", name));
    }
    if (const std::uint64_t found = verify ? hash64(out) : hash; found != hash) {
      throw fail(ErrorKind::kBadInput, fmt::format("its {} has hash {:016x}, expected {:016x}; run "
                                                   "'rodprep verify DATASET --repair SOURCE'",
                                                   name, found, hash));
    }
  };
  read_image("rgb", rgb_, rgb_offsets_, 3, rgb_hash(n), rgb);
  read_image("depth", depth_, depth_offsets_, pixels_.depth == DepthKind::kColour ? 3 : 2,
             depth_hash(n), depth);
}

void ShardReader::will_need(std::uint64_t n) const {
  const auto image = [&](const TensorView& tensor, const std::vector<std::int64_t>& offsets) {
    const std::uint64_t each = tensor.bytes / samples();
    if (offsets.empty()) return file_.will_need(tensor, n * each, each);
    file_.will_need(tensor, static_cast<std::uint64_t>(offsets[n]),
                    static_cast<std::uint64_t>(offsets[n + 1] - offsets[n]));
  };
  image(rgb_, rgb_offsets_);
  image(depth_, depth_offsets_);
}

}  // namespace rod
