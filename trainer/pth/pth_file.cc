#include "trainer/pth/pth_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "io/file.h"
#include "trainer/pth/little_endian.h"
#include "trainer/pth/pickle.h"
#include "trainer/pth/zip.h"

namespace rod::trainer {
namespace {

using Bytes = std::span<const std::byte>;
using Kind = PickledValue::Kind;

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kOldMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr std::string_view kPickleName = "/data.pkl";
constexpr std::size_t kMaxDepth = 16;          // of dicts in dicts
constexpr std::size_t kMaxVisits = 1'000'000;  // shared parts of a pickle can be reached many times
constexpr std::size_t kMaxKey = 1000;          // bytes of a dict's key
constexpr std::size_t kMaxPickle = std::size_t{64} << 20;

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// A pickle by itself, of any protocol: 2 and later begin with their number, earlier ones with a
// dict or list, or with the name of a class.
bool is_pickle(Bytes bytes) {
  if (bytes.size() >= 2 && bytes[0] == std::byte{0x80}) {
    return bytes[1] >= std::byte{2} && bytes[1] <= std::byte{5};
  }
  constexpr std::string_view kTextual[] = {"(d", "(l", "}q", "]q", "ccollections\n", "ctorch"};
  return std::any_of(std::begin(kTextual), std::end(kTextual),
                     [&](std::string_view start) { return starts_with(bytes, start); });
}

// One file on its way from pickle to tensors.
class Reader {
 public:
  Reader(Bytes bytes, const std::string& path) : path_(path), zip_(bytes, path) {}

  std::map<std::string, PthTensor> read() {
    find_pickle();
    const Bytes content = zip_.read(prefix_ + std::string(kPickleName));
    if (content.size() > kMaxPickle) refuse("its pickle is larger than any state dict's");
    check_byte_order();
    pickle_ = parse_pickle(content, path_);
    visit(pickle_.root, "", 0);
    if (tensors_.empty()) refuse("holds no tensors; give a file with a model's state dict");
    return std::move(tensors_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(fmt::format("{}: {}", path_, why));
  }

  void find_pickle() {
    for (const auto& [name, entry] : zip_.entries()) {
      if (!name.ends_with(kPickleName) || name.find('/') != name.size() - kPickleName.size()) {
        continue;
      }
      if (!prefix_.empty()) refuse("has two pickles; torch.save() writes one");
      prefix_ = name.substr(0, name.size() - kPickleName.size());
    }
    if (prefix_.empty())
      refuse("is a zip file, but has no data.pkl; torch.save() did not write it");
    if (zip_.entries().contains(prefix_ + "/constants.pkl")) {
      refuse("is a TorchScript program; in Python, save its state_dict() with torch.save()");
    }
  }

  void check_byte_order() const {
    const std::string name = prefix_ + "/byteorder";
    if (zip_.entries().contains(name) && !starts_with(zip_.read(name), "little")) {
      refuse("was written on a big-endian machine; save it again on a little-endian one");
    }
  }

  void visit(std::uint32_t ref, const std::string& name, std::size_t depth) {
    if (++visits_ > kMaxVisits || depth > kMaxDepth) refuse("is nested deeper than any checkpoint");
    const PickledValue& value = pickle_.values[ref];
    const auto below = [&](const std::string& key) {
      return name.empty() ? key : name + "." + key;
    };
    if (value.kind == Kind::kTensor) {
      if (!tensors_.emplace(name, tensor(value.tensor, name)).second) {
        refuse(fmt::format("has the tensor {} twice", name));
      }
    } else if (value.kind == Kind::kSequence) {
      for (std::size_t i = 0; i < value.parts.size(); ++i) {
        visit(value.parts[i], below(std::to_string(i)), depth + 1);
      }
    } else if (value.kind == Kind::kDict) {
      for (std::size_t i = 0; i < value.parts.size(); i += 2) {
        const PickledValue& key = pickle_.values[value.parts[i]];
        if (key.kind == Kind::kText && key.text.size() <= kMaxKey) {
          visit(value.parts[i + 1], below(key.text), depth + 1);
        } else if (key.kind == Kind::kInteger) {
          visit(value.parts[i + 1], below(std::to_string(key.integer)), depth + 1);
        } else {
          refuse(fmt::format("has a dict under '{}' with a key that is not a short text or number",
                             name));
        }
      }
    }
  }

  // The bytes of a storage, checked once.
  Bytes storage(const PickledStorage& wanted, const std::string& name) {
    const auto [found, is_new] = storages_.try_emplace(wanted.key);
    if (is_new) found->second = zip_.read(prefix_ + "/data/" + wanted.key);
    if (found->second.size() / shard::dtype_bytes(wanted.dtype) < wanted.elements) {
      refuse(fmt::format("tensor {}: its storage has {} bytes, too few for {} {} values", name,
                         found->second.size(), wanted.elements, shard::dtype_name(wanted.dtype)));
    }
    return found->second.first(wanted.elements * shard::dtype_bytes(wanted.dtype));
  }

  PthTensor tensor(const PickledTensor& pickled, const std::string& name) {
    const Bytes bytes = storage(pickled.storage, name);
    const std::uint64_t available = pickled.storage.elements;
    const auto outside = [&]() {
      refuse(fmt::format("tensor {}: reaches outside its storage", name));
    };
    // Neither the last element's place nor, after the loop, their number exceeds what is there: so
    // nothing overflows, and a small file can't ask for much memory.
    std::uint64_t elements = 1, last = pickled.offset;
    bool repeats = false;
    const bool empty =
        std::find(pickled.shape.begin(), pickled.shape.end(), 0) != pickled.shape.end();
    for (std::size_t i = 0; i < pickled.shape.size() && !empty; ++i) {
      const std::uint64_t size = pickled.shape[i], stride = pickled.strides[i];
      if (size > 1 && stride > available / (size - 1)) outside();
      last += (size - 1) * stride;
      if (last > available) outside();
      repeats = repeats || size > available / elements;
      if (!repeats) elements *= size;
    }
    if (empty) return {pickled.storage.dtype, pickled.shape, pickled.strides, {}};
    if (last >= available) outside();
    if (repeats) {
      refuse(
          fmt::format("tensor {}: is a view that shows its {} stored values more than once, as "
                      "expand() makes it; in Python, save tensor.clone() instead",
                      name, available));
    }
    return {pickled.storage.dtype, pickled.shape, pickled.strides,
            bytes.subspan(pickled.offset * shard::dtype_bytes(pickled.storage.dtype))};
  }

  const std::string& path_;
  ZipReader zip_;
  std::string prefix_;
  Pickle pickle_;
  std::map<std::string, Bytes> storages_;
  std::map<std::string, PthTensor> tensors_;
  std::size_t visits_ = 0;
};

}  // namespace

std::uint64_t PthTensor::elements() const {
  std::uint64_t count = 1;
  for (const std::uint64_t size : shape) {
    if (size == 0) return 0;
    count *= size;
  }
  return count;
}

void PthTensor::copy_to(std::span<std::byte> out) const {
  const std::size_t width = shard::dtype_bytes(dtype);
  std::vector<std::uint64_t> index(shape.size(), 0);
  std::uint64_t from = 0;
  for (std::size_t at = 0; at < out.size(); at += width) {
    std::memcpy(out.data() + at, storage.data() + from * width, width);
    for (std::size_t d = shape.size(); d-- > 0;) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

bool looks_like_pth(std::span<const std::byte> first_bytes) {
  // A safetensors file may begin with any of these: they are then the length of its header.
  if (first_bytes.size() > 8 && first_bytes[8] == std::byte{'{'}) return false;
  return starts_with(first_bytes, kZip) || is_pickle(first_bytes);
}

std::map<std::string, PthTensor> read_pth(std::span<const std::byte> bytes,
                                          const std::string& path) {
  if (starts_with(bytes, kOldMagic)) {
    throw BadInput(
        fmt::format("{}: has the format that torch.save() wrote before PyTorch 1.6. Convert it "
                    "once:\n  python3 -c \"import torch; torch.save(torch.load('{}', "
                    "map_location='cpu', weights_only=True), 'new.pth')\"",
                    path, path));
  }
  if (is_pickle(bytes)) {
    throw BadInput(fmt::format(
        "{}: is a bare pickle, as pickle.dump() writes it, which could run any code when it is "
        "loaded. Where it was made, write it again so that torch.load('new.pth', "
        "weights_only=True) reads it:\n"
        "  torch.save(model.state_dict(), 'new.pth')",
        path));
  }
  if (!starts_with(bytes, kZip)) {
    throw BadInput(
        fmt::format("{}: is not a file of torch.save(): it begins neither like a zip file nor like "
                    "torch.save()'s old format",
                    path));
  }
  return Reader(bytes, path).read();
}

void write_pth(const std::filesystem::path& path, std::span<const shard::TensorData> tensors) {
  const std::string pickle = pickle_state_dict(tensors);
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  std::vector<ZipPart> parts = {{"archive/data.pkl", bytes(pickle)},
                                {"archive/byteorder", bytes("little")}};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    parts.push_back({"archive/data/" + std::to_string(i), tensors[i].data});
  }
  parts.push_back({"archive/version", bytes("3\n")});
  const ZipLayout layout = lay_out_zip(parts);
  io::AtomicFile file(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    file.write(layout.headers[i]);
    file.write(parts[i].data);
  }
  file.write(layout.headers.back());
  file.publish();
}

}  // namespace rod::trainer
