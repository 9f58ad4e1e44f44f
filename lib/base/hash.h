// The project's hash function: XXH3 (xxHash 0.8), little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rod {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  std::string hex() const;  // 32 lower-case digits, high half first, as `xxh128sum` prints it
  bool operator==(const Hash128&) const = default;
};

// XXH3-64 and XXH3-128, seed 0.
std::uint64_t hash64(std::span<const std::byte> data);
Hash128 hash128(std::span<const std::byte> data);
inline std::uint64_t hash64(std::string_view text) {
  return hash64(std::as_bytes(std::span(text)));
}
inline Hash128 hash128(std::string_view text) {
  return hash128(std::as_bytes(std::span(text)));
}

// XXH3-128 of data that arrives in pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::span<const std::byte> data);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  Hash128 digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rod
