// Export to folders of PNG files and one list.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "io/file.h"
#include "prepare/export/sink.h"

namespace rod::prepare {
namespace {

// A class's folder: its name with `-` for what some system refuses in a name.
std::string folder_name(const std::string& class_name) {
  std::string name = class_name.substr(0, 100);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f ||
        std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos)
      c = '-';
  }
  return name.empty() || name.front() == '.' ? "_" + name : name;
}

// A field of the list: tabs and line ends would part it.
std::string field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

class PngSink : public ExportSink {
 public:
  PngSink(std::filesystem::path folder, const shard::Manifest& manifest)
      : folder_(std::move(folder)), manifest_(manifest) {
    std::set<std::string> used;
    for (const std::string& name : manifest.classes) {
      std::string unique = folder_name(name);
      while (!used.insert(unique).second) unique += "_";
      class_folders_.push_back(unique);
    }
    const auto column = [](bool there, const char* name) {
      return there ? std::string(name) + "\t" : "";
    };
    list_ = column(manifest.pixels.has_rgb(), "rgb") +
            column(manifest.pixels.has_depth(), "depth") + "label\tsplit\tclass\tkey\n";
  }

  void begin(const shard::SplitInfo& split) override {
    split_ = split.name;
    for (std::size_t label = 0; label < class_folders_.size(); ++label) {
      if (split.class_counts[label] > 0) io::make_folders(folder_ / split_ / class_folders_[label]);
    }
  }

  void add(const ExportedSample& sample) override {
    const auto label = static_cast<std::size_t>(sample.label);
    const std::string stem =
        fmt::format("{}/{}/{:08}", split_, class_folders_[label], sample.number);
    const auto write = [&](bool there, const std::string& name, const auto& image) {
      if (!there) return;
      write_new(folder_ / name, image);
      list_ += name + "\t";
    };
    write(manifest_.pixels.has_rgb(), stem + "_rgb.png", sample.rgb);
    write(manifest_.pixels.has_depth(), stem + "_depth.png", sample.depth);
    list_ += fmt::format("{}\t{}\t{}\t{}\n", sample.label, split_, field(manifest_.classes[label]),
                         field(sample.key));
  }

  void end() override {}
  void finish() override { write_new(folder_ / "list.tsv", list_); }

 private:
  const std::filesystem::path folder_;
  const shard::Manifest& manifest_;
  std::vector<std::string> class_folders_;
  std::string split_, list_;
};

}  // namespace

std::unique_ptr<ExportSink> png_sink(const std::filesystem::path& folder,
                                     const shard::Manifest& manifest) {
  return std::make_unique<PngSink>(folder, manifest);
}

}  // namespace rod::prepare
