// Export to NumPy's array files.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "prepare/export/sink.h"

namespace rod::prepare {
namespace {

// A version 1.0 header: magic, length, a Python dictionary padded so that the data starts at a
// multiple of 64.
// Source: NumPy's documentation, "numpy.lib.format".
std::string npy_header(const std::string& dtype, const std::vector<std::uint64_t>& shape) {
  std::string dimensions;
  for (const std::uint64_t side : shape) dimensions += fmt::format("{},", side);
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", dtype, dimensions);
  constexpr std::size_t kBefore = 10;
  text.append(63 - (kBefore + text.size()) % 64, ' ');
  text += '\n';
  std::string header = "\x93NUMPY\x01";
  header += '\0';
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

class NpySink : public ExportSink {
 public:
  NpySink(std::filesystem::path folder, const shard::Manifest& manifest)
      : folder_(std::move(folder)), manifest_(manifest) {
    if (!manifest.pixels.ragged()) return;
    throw BadInput("images of different sizes fit into no array; use --format png or webdataset");
  }

  void begin(const shard::SplitInfo& split) override {
    const shard::PixelFormat& pixels = manifest_.pixels;
    split_ = split.name;
    labels_.clear();
    keys_ = nlohmann::ordered_json::array();
    std::vector<std::uint64_t> shape = {split.samples, pixels.height, pixels.width, 3};
    if (pixels.has_rgb()) open(rgb_, "rgb.npy", "|u1", shape);
    if (pixels.depth == shard::DepthKind::kColour) open(depth_, "depth.npy", "|u1", shape);
    shape.pop_back();
    if (pixels.depth == shard::DepthKind::kRaw16) open(depth_, "depth.npy", "<u2", shape);
  }

  void add(const ExportedSample& sample) override {
    if (rgb_) write(*rgb_, sample.rgb);
    if (depth_) write(*depth_, sample.depth);
    labels_.push_back(sample.label);
    keys_.push_back(json_text(sample.key));
  }

  void end() override {
    std::unique_ptr<io::AtomicFile> label;
    open(label, "label.npy", "<i8", {labels_.size()});
    write(*label, std::as_bytes(std::span(labels_)));
    for (auto* file : {&rgb_, &depth_, &label}) {
      if (!*file) continue;
      (*file)->publish();
      file->reset();
    }
    write_new(folder_ / split_ / "keys.json", keys_.dump(0) + "\n");
  }

 private:
  void open(std::unique_ptr<io::AtomicFile>& file, const char* name, const std::string& dtype,
            const std::vector<std::uint64_t>& shape) {
    file = std::make_unique<io::AtomicFile>(folder_ / split_ / name);
    ++files_;
    const std::string header = npy_header(dtype, shape);
    write(*file, std::as_bytes(std::span(header)));
  }

  void write(io::AtomicFile& file, std::span<const std::byte> data) {
    file.write(data);
    bytes_ += data.size();
  }

  const std::filesystem::path folder_;
  const shard::Manifest& manifest_;
  std::string split_;
  std::unique_ptr<io::AtomicFile> rgb_, depth_;
  std::vector<std::int64_t> labels_;
  nlohmann::ordered_json keys_;
};

}  // namespace

std::unique_ptr<ExportSink> npy_sink(const std::filesystem::path& folder,
                                     const shard::Manifest& manifest) {
  return std::make_unique<NpySink>(folder, manifest);
}

}  // namespace rod::prepare
