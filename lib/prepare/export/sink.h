// Writes exported samples: one class per format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "image/image.h"
#include "prepare/export/export.h"
#include "shard/manifest.h"

namespace rod::prepare {

// One sample, ready to be written: PNG files, or raw pixels for NPY. `depth` is empty if there is
// no depth.
struct ExportedSample {
  std::uint64_t number = 0, line = 0;  // number within the split; line of its list
  std::int64_t label = 0;
  std::string key;
  std::vector<std::byte> rgb, depth;
};

class ExportSink {
 public:
  virtual ~ExportSink() = default;

  // Call begin(), add() for each sample in order, and end(), for one split after the other. Throw
  // SystemError. Thread safety: one thread at a time.
  virtual void begin(const shard::SplitInfo& split) = 0;
  virtual void add(const ExportedSample& sample) = 0;
  virtual void end() = 0;   // of the split
  virtual void finish() {}  // of the data set

  std::uint64_t files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }

 protected:
  // Writes a complete new file and counts it.
  void write_new(const std::filesystem::path& path, std::span<const std::byte> data);
  void write_new(const std::filesystem::path& path, std::string_view text) {
    write_new(path, std::as_bytes(std::span(text)));
  }

  std::uint64_t files_ = 0, bytes_ = 0;
};

std::unique_ptr<ExportSink> png_sink(const std::filesystem::path& folder,
                                     const shard::Manifest& manifest);
std::unique_ptr<ExportSink> webdataset_sink(const std::filesystem::path& folder,
                                            const shard::Manifest& manifest,
                                            std::uint64_t tar_bytes);
std::unique_ptr<ExportSink> npy_sink(const std::filesystem::path& folder,
                                     const shard::Manifest& manifest);

// Returns a name for JSON and tables: bytes that are not UTF-8 are replaced.
std::string json_text(const std::string& text);

}  // namespace rod::prepare
