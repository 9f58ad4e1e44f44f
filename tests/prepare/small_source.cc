#include "tests/prepare/small_source.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <string_view>

#include "base/random.h"
#include "image/png.h"
#include "io/file.h"

namespace rod::prepare {
namespace {

constexpr const char* kRod = "ROD-synROD/ROD/";
constexpr const char* kSyn = "ROD-synROD/synROD/";

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const char* class_of(unsigned n) {
  return n % 3 == 0 ? "apple" : n % 3 == 1 ? "ball" : "banana";
}

std::string rod_stem(unsigned n) {
  return fmt::format("{0}/{0}_1/{0}_1_{1}_", class_of(n), n);
}

// One ustar header and the padded contents.
std::string tar_entry(const std::string& path, std::string_view contents) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, path);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", contents.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string("ustar\0", 6) + "00");
  unsigned sum = 0;
  for (const unsigned char c : header) sum += c;
  put(148, fmt::format("{:06o}", sum) + '\0');
  std::string entry = header + std::string(contents);
  entry.resize((entry.size() + 511) / 512 * 512);
  return entry;
}

}  // namespace

SmallSource::SmallSource(const SmallSourceOptions& options) {
  std::uint64_t seed = 1;
  const auto rgb = [&] {
    return image::encode_png(noise(options.height, options.width, 3, 1, seed++));
  };
  const auto depth = [&] {
    return options.millimetres
               ? image::encode_png(noise(options.height, options.width, 1, 2, seed++))
               : rgb();
  };
  std::string rod_list, train_list, test_list;
  for (unsigned n = 0; n < options.rod_pairs; ++n) {
    rod_list += fmt::format("{}***.png {}\n", rod_stem(n), n % 3);
    files_[rod_rgb(n)] = rgb();
    files_[rod_depth(n)] = depth();
  }
  for (unsigned n = 0; n < options.train_pairs + options.test_pairs; ++n) {
    const std::string name = class_of(n);
    (n < options.train_pairs ? train_list : test_list) +=
        fmt::format("{0}/***/{0}_{1}.png {2}\n", name, n, n % 3);
    files_[fmt::format("{}{}/rgb/{}_{}.png", kSyn, name, name, n)] = rgb();
    files_[train_depth(n)] = depth();
  }
  files_[std::string(kRod) + "wrgbd_40k-split_sync.txt"] = bytes_of(rod_list);
  files_[std::string(kSyn) + "synARID_50k-split_sync_train1.txt"] = bytes_of(train_list);
  files_[std::string(kSyn) + "synARID_50k-split_sync_test1.txt"] = bytes_of(test_list);
}

std::string SmallSource::rod_rgb(unsigned n) {
  return kRod + ("rgb-washington/" + rod_stem(n)) + "crop.png";
}

std::string SmallSource::rod_depth(unsigned n) {
  return kRod + ("surfnorm-washington/" + rod_stem(n)) + "depthcrop.png";
}

std::string SmallSource::train_depth(unsigned n) {
  return fmt::format("{0}{1}/depth/{1}_{2}.png", kSyn, class_of(n), n);
}

void SmallSource::write_folder(const std::filesystem::path& folder) const {
  for (const auto& [path, bytes] : files_) {
    io::make_folders((folder / path).parent_path());
    std::ofstream(folder / path, std::ios::binary) << text_of(bytes);
  }
}

void SmallSource::write_tar(const std::filesystem::path& archive) const {
  std::string tar;
  for (const auto& [path, bytes] : files_) tar += tar_entry(path, text_of(bytes));
  io::write_file(archive, tar + std::string(1024, '\0'));
}

CacheOptions small_cache(const std::filesystem::path& folder) {
  SmallSource().write_tar(folder / "source.tar");
  CacheOptions options;
  options.source = folder / "source.tar";
  options.destination = folder / "out";
  options.size = 16;
  options.quiet = true;
  return options;
}

image::Image noise(std::uint32_t height, std::uint32_t width, std::uint32_t channels,
                   std::uint32_t sample_bytes, std::uint64_t seed) {
  image::Image image(height, width, channels, sample_bytes);
  Random random(seed, 0, 0);
  for (std::byte& byte : image.bytes) byte = static_cast<std::byte>(random.below(256));
  return image;
}

std::map<std::string, std::string> folder_contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      contents[entry.path().lexically_relative(folder).string()] = io::read_file(entry.path());
    }
  }
  return contents;
}

}  // namespace rod::prepare
