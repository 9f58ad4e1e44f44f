// SHA-256 (FIPS 180-4), with which publishers let users verify downloads. The project's own files
// are hashed with XXH3 of base/hash.h, which is faster.
//
// Why not OpenSSL: nothing else in the project uses it, and the build's libcurl may use another TLS
// library.
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

  // Returns 64 hex digits. Requires: neither hex() nor digest() was called before.
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

// Returns the hash of the whole file. Throws what File::open_read() throws.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace rod::io
