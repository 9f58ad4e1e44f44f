// Tar archives made byte by byte, good and hostile ones.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rod::archive {

inline void put_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Example: TarBytes().file("a/b.txt", "hello").folder("c").finish()
class TarBytes {
 public:
  // One header block (ustar). `size` as a field of its own, so that it may lie.
  TarBytes& header(const std::string& name, char type, std::uint64_t size,
                   const std::string& link = "", unsigned mode = 0644) {
    std::string block(512, '\0');
    block.replace(0, std::min<std::size_t>(name.size(), 100), name, 0, 100);
    put(block, 100, fmt::format("{:07o}", mode));
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    if (size < (1ull << 33)) {
      put(block, 124, fmt::format("{:011o}", size));
    } else {  // base 256
      block[124] = '\x80';
      for (int at = 0; at < 8; ++at)
        block[std::size_t(135 - at)] = static_cast<char>(size >> (8 * at));
    }
    put(block, 136, "14000000000");
    block[156] = type;
    block.replace(157, std::min<std::size_t>(link.size(), 100), link, 0, 100);
    put(block, 257, std::string_view("ustar\00000", 8));
    return seal(block);
  }

  TarBytes& data(std::string_view bytes) {
    bytes_ += bytes;
    bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
    return *this;
  }

  TarBytes& file(const std::string& name, std::string_view bytes, unsigned mode = 0644) {
    return header(name, '0', bytes.size(), "", mode).data(bytes);
  }
  TarBytes& folder(const std::string& name) { return header(name, '5', 0, "", 0755); }
  TarBytes& link(char type, const std::string& name, const std::string& target) {
    return header(name, type, 0, target);
  }

  // GNU: the next entry's name as the data of an entry of its own.
  TarBytes& gnu_long_name(const std::string& name) {
    return header("././@LongLink", 'L', name.size() + 1).data(name + '\0');
  }

  // PAX records for the next entry.
  TarBytes& pax(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string text;
    for (const auto& [key, value] : records) {
      const std::size_t rest = key.size() + value.size() + 3;  // blank, equals sign, newline
      std::size_t length = rest + 1;
      while (std::to_string(length).size() + rest != length) ++length;
      text += fmt::format("{} {}={}\n", length, key, value);
    }
    return header("PaxHeaders/x", 'x', text.size()).data(text);
  }

  // A file whose size stands in base 256 though octal digits would do.
  TarBytes& base256_file(const std::string& name, std::string_view bytes) {
    header(name, '0', bytes.size());
    std::string block = bytes_.substr(bytes_.size() - 512);
    bytes_.resize(bytes_.size() - 512);
    block.replace(124, 12, 12, '\0');
    block[124] = '\x80';
    block[134] = static_cast<char>(bytes.size() >> 8);
    block[135] = static_cast<char>(bytes.size());
    return seal(block).data(bytes);
  }

  // Old GNU sparse file: `size` bytes of which only `bytes`, at `offset`, are stored.
  TarBytes& sparse_file(const std::string& name, std::uint64_t size, std::uint64_t offset,
                        std::string_view bytes) {
    header(name, 'S', bytes.size());
    std::string block = bytes_.substr(bytes_.size() - 512);
    bytes_.resize(bytes_.size() - 512);
    put(block, 257, std::string_view("ustar  \0", 8));
    block.replace(345, 167, 167, '\0');
    put(block, 386, fmt::format("{:011o}", offset));
    put(block, 398, fmt::format("{:011o}", bytes.size()));
    put(block, 483, fmt::format("{:011o}", size));
    return seal(block).data(bytes);
  }

  std::size_t size() const { return bytes_.size(); }
  const std::string& unfinished() const { return bytes_; }
  std::string finish() const { return bytes_ + std::string(1024, '\0'); }

 private:
  static void put(std::string& block, std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
  }

  TarBytes& seal(std::string& block) {
    put(block, 148, "        ");
    unsigned sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    put(block, 148, fmt::format("{:06o}", sum) + '\0');
    bytes_ += block;
    return *this;
  }

  std::string bytes_;
};

}  // namespace rod::archive
