#include "shard/shard_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "shard/shard_format.h"

namespace rod::shard {
namespace {

[[noreturn]] void refuse_shard(const std::string& path, const std::string& what) {
  throw BadInput(fmt::format("{}: {}; run 'rodprep verify DATASET --repair SOURCE'", path, what));
}

void check_metadata(const SafetensorsFile& file, const PixelFormat& pixels, Codec codec) {
  for (const auto& [key, expected] : shard_metadata(pixels, codec)) {
    const auto found = file.metadata().find(key);
    const std::string value = found == file.metadata().end() ? "nothing" : found->second;
    if (value != expected) {
      refuse_shard(file.path(),
                   fmt::format("metadata '{}' is '{}', expected '{}'", key, value, expected));
    }
  }
  for (const char* key : {kSplitKey, kNumberKey}) {
    if (!file.metadata().contains(key))
      refuse_shard(file.path(), fmt::format("metadata '{}' is missing", key));
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
    refuse_shard(path, fmt::format("'{}' does not ascend from 0 to {} in valid steps", name, end));
}

void check_shape(const std::string& path, const char* name, const TensorView& view,
                 const std::vector<std::uint64_t>& expected) {
  if (view.shape != expected)
    refuse_shard(path, fmt::format("tensor '{}' has the wrong shape", name));
}

}  // namespace

ShardReader::ShardReader(const std::filesystem::path& path, const PixelFormat& pixels, Codec codec)
    : ShardReader(io::open_file(path), pixels, codec) {}

ShardReader::ShardReader(std::shared_ptr<const io::RandomAccessFile> source,
                         const PixelFormat& pixels, Codec codec)
    : file_(std::move(source)), pixels_(pixels), codec_(codec) {
  check_metadata(file_, pixels, codec);
  check_codec(codec, pixels);
  const bool offsets = has_offsets(pixels, codec);
  const std::size_t images = std::size_t{pixels.has_rgb()} + pixels.has_depth();
  const std::size_t expected_tensors = (4 + images) + (offsets ? images : 0) + pixels.ragged();
  if (file_.tensors().size() != expected_tensors) {
    refuse_shard(file_.path(), fmt::format("has {} tensors, expected {}", file_.tensors().size(),
                                           expected_tensors));
  }

  const TensorView& label = file_.tensor("label", Dtype::kI64, 1);
  const std::uint64_t n = label.shape[0];
  if (n == 0) refuse_shard(file_.path(), "has no samples");
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

  std::vector<std::span<const std::byte>> small = {std::as_bytes(std::span(labels_)),
                                                   std::as_bytes(std::span(hashes_)),
                                                   std::as_bytes(std::span(key_offsets_))};
  std::vector<std::int64_t> sides;
  if (pixels.ragged()) {
    const TensorView& size = file_.tensor("size", Dtype::kI64, 2);
    check_shape(file_.path(), "size", size, {n, 4});
    sides = file_.read_all<std::int64_t>(size);
    take_sizes(sides);
    small.push_back(std::as_bytes(std::span(sides)));
  }
  const bool colour = pixels.depth == DepthKind::kColour;
  if (offsets && pixels.has_rgb()) {
    rgb_ = file_.tensor("rgb", Dtype::kU8, 1);
    rgb_offsets_ = offsets_of("rgb_offsets");
    small.push_back(std::as_bytes(std::span(rgb_offsets_)));
    check_image_offsets("rgb_offsets", rgb_offsets_, rgb_.bytes, false);
  } else if (pixels.has_rgb()) {
    rgb_ = file_.tensor("rgb", Dtype::kU8, 4);
    check_shape(file_.path(), "rgb", rgb_, {n, pixels.height, pixels.width, 3});
  }
  if (offsets && pixels.has_depth()) {
    depth_ = file_.tensor("depth", Dtype::kU8, 1);
    depth_offsets_ = offsets_of("depth_offsets");
    small.push_back(std::as_bytes(std::span(depth_offsets_)));
    check_image_offsets("depth_offsets", depth_offsets_, depth_.bytes, true);
  } else if (pixels.has_depth()) {
    depth_ = file_.tensor("depth", colour ? Dtype::kU8 : Dtype::kU16, colour ? 4 : 3);
    std::vector<std::uint64_t> shape = {n, pixels.height, pixels.width, 3};
    if (!colour) shape.pop_back();
    check_shape(file_.path(), "depth", depth_, shape);
  }
  small.push_back(std::as_bytes(std::span(keys_)));

  const auto fingerprint = file_.metadata().find(kFingerprintKey);
  const std::string expected = shard_fingerprint(file_.metadata(), small);
  if (fingerprint == file_.metadata().end() || fingerprint->second != expected) {
    refuse_shard(file_.path(), fmt::format("its labels, keys, hashes, offsets or metadata have "
                                           "fingerprint {}, which is not the stored one",
                                           expected));
  }
  if (*std::min_element(labels_.begin(), labels_.end()) < 0)
    refuse_shard(file_.path(), "a label is negative");
}

// [N,4]: every image has at least a pixel, or none where there is no such image, and no more than
// a decoder would accept.
void ShardReader::take_sizes(const std::vector<std::int64_t>& sides) {
  const auto fine = [](std::int64_t height, std::int64_t width) {
    return 1 <= height && height <= kMaxImageSide && 1 <= width && width <= kMaxImageSide &&
           static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) <=
               kMaxImagePixels;
  };
  for (std::size_t at = 0; at < sides.size(); at += 4) {
    const auto expected = [&](bool there, std::size_t n) {
      return there ? fine(sides[n], sides[n + 1]) : sides[n] == 0 && sides[n + 1] == 0;
    };
    if (!expected(pixels_.has_rgb(), at) || !expected(pixels_.has_depth(), at + 2)) {
      refuse_shard(file_.path(),
                   fmt::format("sample {} has images of {}x{} and {}x{} pixels", at / 4, sides[at],
                               sides[at + 1], sides[at + 2], sides[at + 3]));
    }
    const auto side = [&](std::size_t n) { return static_cast<std::uint32_t>(sides[at + n]); };
    sizes_.push_back({side(0), side(1), side(2), side(3)});
  }
}

void ShardReader::check_image_offsets(const char* name, const std::vector<std::int64_t>& offsets,
                                      std::uint64_t end, bool depth) const {
  // FORMAT.md 2.4.
  const auto most = [&](const PairSize& size) -> std::uint64_t {
    return codec_->bound(depth ? depth_image(size, pixels_) : rgb_image(size));
  };
  std::uint64_t largest = 0;
  for (std::uint64_t n = 0; n < (sizes_.empty() ? 1 : samples()); ++n)
    largest = std::max(largest, most(size(n)));
  check_offsets(file_.path(), name, offsets, end, largest);
  for (std::uint64_t n = 0; n < sizes_.size(); ++n) {
    const auto stored = static_cast<std::uint64_t>(offsets[n + 1] - offsets[n]);
    if (stored > most(size(n)) || (codec_->stored_as_is() && stored != most(size(n)))) {
      refuse_shard(file_.path(),
                   fmt::format("'{}' gives sample {} {} bytes, which its size does not allow", name,
                               n, stored));
    }
  }
}

std::uint64_t ShardReader::held_bytes() const {
  const std::size_t offsets = key_offsets_.size() + rgb_offsets_.size() + depth_offsets_.size();
  return sizeof(*this) + keys_.size() + sizes_.size() * sizeof(PairSize) +
         (labels_.size() + hashes_.size() + offsets) * sizeof(std::int64_t);
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
  const PairSize size = this->size(n);
  const auto read_image = [&](const char* name, const TensorView& tensor,
                              const std::vector<std::int64_t>& offsets, const StoredImage& image,
                              std::uint64_t hash, std::span<std::byte> out) {
    bool decoded = true;
    try {
      if (codec_->stored_as_is()) {
        file_.read(tensor,
                   offsets.empty() ? n * out.size() : static_cast<std::uint64_t>(offsets[n]), out);
      } else {
        scratch.stored.resize(static_cast<std::size_t>(offsets[n + 1] - offsets[n]));
        file_.read(tensor, static_cast<std::uint64_t>(offsets[n]), scratch.stored);
        decoded = scratch.decoders[codec_].decode(scratch.stored, image, out);
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
  if (pixels_.has_rgb()) read_image("rgb", rgb_, rgb_offsets_, rgb_image(size), rgb_hash(n), rgb);
  if (!pixels_.has_depth()) return;
  read_image("depth", depth_, depth_offsets_, depth_image(size, pixels_), depth_hash(n), depth);
}

void ShardReader::for_each_stored(
    std::uint64_t n,
    const std::function<void(const TensorView&, std::uint64_t, std::uint64_t)>& visit) const {
  const auto image = [&](const TensorView& tensor, const std::vector<std::int64_t>& offsets) {
    const std::uint64_t each = tensor.bytes / samples();
    if (offsets.empty()) return visit(tensor, n * each, each);
    visit(tensor, static_cast<std::uint64_t>(offsets[n]),
          static_cast<std::uint64_t>(offsets[n + 1] - offsets[n]));
  };
  if (pixels_.has_rgb()) image(rgb_, rgb_offsets_);
  if (pixels_.has_depth()) image(depth_, depth_offsets_);
}

void ShardReader::will_need(std::uint64_t n) const {
  for_each_stored(n, [this](const TensorView& tensor, std::uint64_t offset, std::uint64_t bytes) {
    file_.will_need(tensor, offset, bytes);
  });
}

std::size_t ShardReader::read_stored(std::uint64_t n, ReadScratch& scratch) const {
  std::size_t all = 0;
  for_each_stored(n, [&](const TensorView& tensor, std::uint64_t offset, std::uint64_t bytes) {
    scratch.stored.resize(bytes);
    file_.read(tensor, offset, scratch.stored);
    all += bytes;
  });
  return all;
}

}  // namespace rod::shard
