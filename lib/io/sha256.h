// SHA-256 (FIPS 180-4): what publishers of files give to check a download with. Everything of our
// own is hashed with base/hash.h, xxHash's XXH3, which is faster.
//
// Why not OpenSSL: nothing else here calls it, and the libcurl that a build finds may come with
// another TLS library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace rod::io {

class Sha256 {
 public:
  void update(std::span<const std::byte> data);

  // 64 hex digits. Requires: called once, as digest(); nothing follows.
  std::string hex();

  // The same as 32 bytes.
  std::string digest();

 private:
  static constexpr std::size_t kBlock = 64;
  void compress(const std::byte* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, kBlock> pending_{};  // the first bytes_ % kBlock of the next block
  std::uint64_t bytes_ = 0;
};

// 64 hex digits.
std::string sha256_hex(std::span<const std::byte> data);

// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);

// Of the whole file. Throws File::open_read's.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace rod::io
