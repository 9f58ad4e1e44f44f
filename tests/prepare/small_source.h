// A generated ROD-synROD source of a few small images, as a folder or a tar archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "image/image.h"
#include "prepare/cache/cache.h"

namespace rod::prepare {

struct SmallSourceOptions {
  unsigned rod_pairs = 11, train_pairs = 9, test_pairs = 5;
  std::uint32_t height = 20, width = 24;  // of the images; not square, as real crops may be
  bool millimetres = false;               // 16-bit depth instead of a colouring
};

// Files by path, below "ROD-synROD/". Images are noise: they don't compress and no two are equal.
class SmallSource {
 public:
  explicit SmallSource(const SmallSourceOptions& options = {});

  std::map<std::string, std::vector<std::byte>>& files() { return files_; }
  const std::vector<std::byte>& file(const std::string& path) const { return files_.at(path); }

  // The path of one image, to damage or remove it.
  static std::string rod_rgb(unsigned n);
  static std::string rod_depth(unsigned n);
  static std::string train_depth(unsigned n);

  void write_folder(const std::filesystem::path& folder) const;
  void write_tar(const std::filesystem::path& archive) const;

 private:
  std::map<std::string, std::vector<std::byte>> files_;
};

// Writes FOLDER/source.tar; the options that make FOLDER/out of it, at 16 x 16 pixels.
CacheOptions small_cache(const std::filesystem::path& folder);

// Pixels that depend on `seed` alone.
image::Image noise(std::uint32_t height, std::uint32_t width, std::uint32_t channels,
                   std::uint32_t sample_bytes, std::uint64_t seed);

// All regular files of a folder by relative path: equal maps are equal data sets.
std::map<std::string, std::string> folder_contents(const std::filesystem::path& folder);

}  // namespace rod::prepare
