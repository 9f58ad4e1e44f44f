// Export to the tar files of WebDataset.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "archive/tar_writer.h"
#include "prepare/export/sink.h"

namespace rod::prepare {
namespace {

class WebdatasetSink : public ExportSink {
 public:
  WebdatasetSink(std::filesystem::path folder, const shard::Manifest& manifest,
                 std::uint64_t tar_bytes)
      : folder_(std::move(folder)), manifest_(manifest), tar_bytes_(tar_bytes) {}

  void begin(const shard::SplitInfo& split) override {
    split_ = split.name;
    number_ = 0;
  }

  void add(const ExportedSample& sample) override {
    if (!tar_)
      tar_ = std::make_unique<archive::TarWriter>(folder_ /
                                                  fmt::format("{}-{:06}.tar", split_, number_++));
    const std::string stem =
        fmt::format("{:08}", sample.number);  // up to the first dot it is the sample's name there
    const nlohmann::ordered_json json{
        {"key", json_text(sample.key)},
        {"label", sample.label},
        {"class", json_text(manifest_.classes[static_cast<std::size_t>(sample.label)])},
        {"line", sample.line}};
    if (manifest_.pixels.has_rgb()) tar_->add(stem + ".rgb.png", sample.rgb);
    if (manifest_.pixels.has_depth()) tar_->add(stem + ".depth.png", sample.depth);
    tar_->add(stem + ".cls", std::to_string(sample.label));
    tar_->add(stem + ".json", json.dump());
    if (tar_->bytes() >= tar_bytes_) close();
  }

  void end() override {
    if (tar_) close();
  }

 private:
  void close() {
    tar_->finish();
    ++files_;
    bytes_ += tar_->bytes();
    tar_.reset();
  }

  const std::filesystem::path folder_;
  const shard::Manifest& manifest_;
  const std::uint64_t tar_bytes_;
  std::string split_;
  unsigned number_ = 0;
  std::unique_ptr<archive::TarWriter> tar_;
};

}  // namespace

std::unique_ptr<ExportSink> webdataset_sink(const std::filesystem::path& folder,
                                            const shard::Manifest& manifest,
                                            std::uint64_t tar_bytes) {
  return std::make_unique<WebdatasetSink>(folder, manifest, tar_bytes);
}

}  // namespace rod::prepare
