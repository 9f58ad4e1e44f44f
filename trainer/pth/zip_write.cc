// Why not LibTorch's caffe2::serialize::PyTorchStreamWriter: which records it adds depends on its
// version (`byteorder` and `.data/serialization_id` in 2.13, neither in 1.13.1), so the same
// weights would not give the same bytes; and this folder is built and fuzzed without LibTorch.
#include "base/crc32.h"
#include "base/error.h"
#include "trainer/pth/little_endian.h"
#include "trainer/pth/zip.h"

namespace rod::trainer {
namespace {

constexpr std::size_t kAlignment = 64, kFieldHeader = 4;
constexpr std::uint16_t kPadding = 0x4246;  // the extra field that PyTorch pads with: "FB"
constexpr std::uint64_t kMaxBytes = 0xffffffff;

// What the local and the central header have in common, from "version needed" to the extra field's
// length. No times: the same bytes from the same tensors.
std::string shared_fields(const ZipPart& part, std::uint32_t crc, std::size_t extra_bytes) {
  std::string text;
  append_le(text, 20, 2);    // version needed
  append_le(text, 0, 2);     // flags
  append_le(text, 0, 2);     // stored
  append_le(text, 0, 2);     // time
  append_le(text, 0x21, 2);  // 1 January 1980
  append_le(text, crc, 4);
  append_le(text, part.data.size(), 4);
  append_le(text, part.data.size(), 4);
  append_le(text, part.name.size(), 2);
  append_le(text, extra_bytes, 2);
  return text;
}

std::string local_header(const ZipPart& part, std::uint32_t crc, std::uint64_t offset) {
  const std::uint64_t start = offset + zip::kLocalBytes + part.name.size() + kFieldHeader;
  const std::size_t padding = (kAlignment - start % kAlignment) % kAlignment;
  std::string text;
  append_le(text, zip::kLocalHeader, 4);
  text += shared_fields(part, crc, kFieldHeader + padding);
  text += part.name;
  append_le(text, kPadding, 2);
  append_le(text, padding, 2);
  return text + std::string(padding, 'Z');
}

std::string central_header(const ZipPart& part, std::uint32_t crc, std::uint64_t offset) {
  std::string text;
  append_le(text, zip::kCentralHeader, 4);
  append_le(text, 20, 2);  // made by
  text += shared_fields(part, crc, 0);
  append_le(text, 0, 2);  // comment
  append_le(text, 0, 2);  // disk
  append_le(text, 0, 2);  // internal attributes
  append_le(text, 0, 4);  // external attributes
  append_le(text, offset, 4);
  return text + part.name;
}

}  // namespace

ZipLayout lay_out_zip(std::span<const ZipPart> parts) {
  ZipLayout layout;
  std::string directory;
  std::uint64_t offset = 0;
  for (const ZipPart& part : parts) {
    const std::uint32_t crc = crc32<kIso3309>(part.data);
    directory += central_header(part, crc, offset);
    layout.headers.push_back(local_header(part, crc, offset));
    offset += layout.headers.back().size() + part.data.size();
    if (offset > kMaxBytes) {
      throw Error(ErrorKind::kNoRoom,
                  "the network does not fit into a zip file of 4 GiB; export it as .safetensors");
    }
  }
  std::string end = directory;
  append_le(end, zip::kEnd, 4);
  append_le(end, 0, 4);  // this disk, the directory's disk
  append_le(end, parts.size(), 2);
  append_le(end, parts.size(), 2);
  append_le(end, directory.size(), 4);
  append_le(end, offset, 4);
  append_le(end, 0, 2);  // comment
  layout.headers.push_back(end);
  return layout;
}

}  // namespace rod::trainer
