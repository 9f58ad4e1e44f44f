// Parses a safetensors header as untrusted input: every rule is validated before any value is used.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "shard/safetensors.h"

namespace rod::shard {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit
constexpr std::size_t kMaxRank = 64;                    // NumPy's and PyTorch's limit
constexpr const char* kMetadataKey = "__metadata__";

// Takes the parser's events. The grammar has three levels, so a text can't nest deeper than this
// accepts; the parser itself keeps no recursion. Returning false ends the parse; `problem` says
// why.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  Metadata metadata;
  std::map<std::string, TensorView> tensors;  // offsets still relative to the payload
  std::string problem;

  bool key(string_t& name) override {
    switch (place_) {
      case Place::kRoot:
        name_ = name;
        if (name == kMetadataKey) {
          if (std::exchange(metadata_seen_, true)) return fail("has two __metadata__ objects");
        } else if (tensors.contains(name)) {
          return fail(fmt::format("names tensor '{}' twice", name));
        }
        return true;
      case Place::kMetadata:
        name_ = name;
        if (metadata.contains(name)) return fail(fmt::format("has metadata '{}' twice", name));
        return true;
      default:
        return tensor_key(name);
    }
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::kOutside) {
      place_ = Place::kRoot;
    } else if (place_ == Place::kRoot) {
      place_ = name_ == kMetadataKey ? Place::kMetadata : Place::kTensor;
      seen_ = 0;
      shape_.clear();
      offsets_.clear();
    } else {
      return unexpected("an object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor && !finish_tensor()) return false;
    place_ = place_ == Place::kRoot ? Place::kOutside : Place::kRoot;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::kTensor || field_ == Field::kDtype) return unexpected("a list");
    place_ = Place::kList;
    return true;
  }

  bool end_array() override {
    place_ = Place::kTensor;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::kList) return unexpected("a number");
    std::vector<std::uint64_t>& list = field_ == Field::kShape ? shape_ : offsets_;
    if (list.size() == (field_ == Field::kShape ? kMaxRank : 2)) {
      return fail(fmt::format("tensor '{}': a list is too long", name_));
    }
    list.push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      metadata.emplace(name_, value);
      return true;
    }
    if (place_ != Place::kTensor || field_ != Field::kDtype) return unexpected("a text");
    const auto dtype = dtype_from_name(value);
    if (!dtype) return fail(fmt::format("tensor '{}': dtype '{}' is not known", name_, value));
    dtype_ = *dtype;
    return true;
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return unexpected("a fraction"); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return fail(fmt::format("is not JSON at byte {}", kSafetensorsLengthBytes + position));
  }

 private:
  enum class Place { kOutside, kRoot, kMetadata, kTensor, kList };
  enum class Field { kDtype, kShape, kOffsets };
  static constexpr unsigned kAllFields = 0b111;

  bool fail(std::string what) {
    problem = std::move(what);
    return false;
  }
  bool unexpected(const char* what) {
    return fail(fmt::format("has {} at '{}' where none may be", what, name_));
  }

  bool tensor_key(const std::string& name) {
    if (name == "dtype") {
      field_ = Field::kDtype;
    } else if (name == "shape") {
      field_ = Field::kShape;
    } else if (name == "data_offsets") {
      field_ = Field::kOffsets;
    } else {
      return fail(fmt::format("tensor '{}': member '{}' is not known", name_, name));
    }
    const unsigned bit = 1u << static_cast<unsigned>(field_);
    if (seen_ & bit) return fail(fmt::format("tensor '{}': has '{}' twice", name_, name));
    seen_ |= bit;
    return true;
  }

  bool finish_tensor() {
    if (seen_ != kAllFields || offsets_.size() != 2) {
      return fail(fmt::format("tensor '{}': expected dtype, shape and two data_offsets", name_));
    }
    std::uint64_t bytes = dtype_bytes(dtype_);
    for (const std::uint64_t extent : shape_) {
      if (__builtin_mul_overflow(bytes, extent, &bytes)) {
        return fail(fmt::format("tensor '{}': its shape overflows 64 bits", name_));
      }
    }
    if (offsets_[1] < offsets_[0] || offsets_[1] - offsets_[0] != bytes) {
      return fail(
          fmt::format("tensor '{}': shape and dtype need {} bytes, data_offsets say {} to {}",
                      name_, bytes, offsets_[0], offsets_[1]));
    }
    tensors.emplace(name_, TensorView{dtype_, shape_, offsets_[0], bytes});
    return true;
  }

  Place place_ = Place::kOutside;
  Field field_ = Field::kDtype;
  bool metadata_seen_ = false;
  std::string name_;  // of the tensor or metadata entry being read
  unsigned seen_ = 0;
  Dtype dtype_ = Dtype::kU8;
  std::vector<std::uint64_t> shape_, offsets_;
};

[[noreturn]] void refuse_header(const std::string& path, const std::string& what) {
  throw BadInput(fmt::format(
      "{}: its safetensors header {}; the file is damaged or was not written by this program", path,
      what));
}

// Tensors must follow each other without hole or overlap up to the end of the file.
void check_coverage(const std::map<std::string, TensorView>& tensors, std::uint64_t payload_bytes,
                    const std::string& path) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, view] : tensors) ranges.emplace_back(view.offset, view.bytes);
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t covered = 0;
  for (const auto& [begin, bytes] : ranges) {
    if (begin != covered) {
      refuse_header(
          path, fmt::format(
                    "leaves a hole or an overlap: a tensor starts at payload byte {}, expected {}",
                    begin, covered));
    }
    covered += bytes;  // can't overflow: begin + bytes is a data_offset
  }
  if (covered != payload_bytes) {
    refuse_header(path, fmt::format("describes {} payload bytes, but the file has {}", covered,
                                    payload_bytes));
  }
}

}  // namespace

std::size_t safetensors_prefix_bytes(std::span<const std::byte> first, std::uint64_t file_bytes,
                                     const std::string& path) {
  if (first.size() < kSafetensorsLengthBytes || file_bytes < kSafetensorsLengthBytes) {
    refuse_header(path, fmt::format("is missing: the file has only {} bytes", file_bytes));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, first.data(), sizeof length);
  const std::uint64_t room = std::min(kMaxHeaderBytes, file_bytes - kSafetensorsLengthBytes);
  if (length < 2 || length > room) {
    refuse_header(path, fmt::format("claims {} bytes, expected 2 to {}", length, room));
  }
  return kSafetensorsLengthBytes + length;
}

SafetensorsHeader parse_safetensors(std::span<const std::byte> prefix, std::uint64_t file_bytes,
                                    const std::string& path) {
  const std::size_t payload_offset = safetensors_prefix_bytes(prefix, file_bytes, path);
  if (prefix.size() < payload_offset) refuse_header(path, "is incomplete");
  const std::string_view json(
      reinterpret_cast<const char*>(prefix.data()) + kSafetensorsLengthBytes,
      payload_offset - kSafetensorsLengthBytes);
  if (json.front() != '{') refuse_header(path, "does not start with '{'");
  // The parser takes NUL for the end of its input: what follows would go unread.
  if (json.find('\0') != json.npos) refuse_header(path, "contains a NUL byte");

  HeaderEvents events;
  if (!nlohmann::json::sax_parse(json, &events)) refuse_header(path, events.problem);
  check_coverage(events.tensors, file_bytes - payload_offset, path);
  for (auto& [name, view] : events.tensors) view.offset += payload_offset;
  return {std::move(events.metadata), std::move(events.tensors), payload_offset};
}

}  // namespace rod::shard
