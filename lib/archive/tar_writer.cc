#include "archive/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace rod::archive {
namespace {

constexpr std::uint64_t kBlock = 512, kRecord = 20 * kBlock;
constexpr std::uint64_t kTime = 1'600'000'000;  // of every file: September 2020

struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100],
      magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], unused[12];
};
static_assert(sizeof(Header) == kBlock);

// Octal digits and a NUL fill the field.
template <std::size_t N>
void set_octal(char (&field)[N], std::uint64_t value) {
  const std::string digits = fmt::format("{:0{}o}", value, N - 1);
  std::memcpy(field, digits.data(), N - 1);
}

// Splits a long name at a slash into prefix and name.
bool set_name(Header& header, std::string_view name) {
  std::string_view prefix;
  if (name.size() > sizeof header.name) {
    const auto slash = name.find('/', name.size() - sizeof header.name - 1);
    if (slash == std::string_view::npos || slash > sizeof header.prefix) return false;
    prefix = name.substr(0, slash);
    name = name.substr(slash + 1);
  }
  std::copy(prefix.begin(), prefix.end(), header.prefix);
  std::copy(name.begin(), name.end(), header.name);
  return !name.empty();
}

}  // namespace

void TarWriter::add(std::string_view name, std::span<const std::byte> data) {
  Header header{};
  if (!set_name(header, name) || data.size() >= (1ull << 33)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' ({} bytes) does not fit into a ustar header", name, data.size()));
  }
  set_octal(header.mode, 0644);
  set_octal(header.uid, 0);
  set_octal(header.gid, 0);
  set_octal(header.size, data.size());
  set_octal(header.mtime, kTime);
  header.type = '0';
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  std::memset(header.checksum, ' ', sizeof header.checksum);  // counts as blanks
  std::uint64_t sum = 0;
  for (const std::byte b : std::as_bytes(std::span(&header, 1)))
    sum += std::to_integer<std::uint64_t>(b);
  std::memcpy(header.checksum, fmt::format("{:06o}", sum).c_str(), 7);

  write(std::as_bytes(std::span(&header, 1)));
  write(data);
  pad(kBlock);
  ++files_;
}

void TarWriter::finish() {
  write(std::array<std::byte, 2 * kBlock>{});
  pad(kRecord);
  file_.publish();
}

void TarWriter::write(std::span<const std::byte> data) {
  file_.write(data);
  bytes_ += data.size();
}

void TarWriter::pad(std::uint64_t to_multiple) {
  static constexpr std::array<std::byte, kRecord> kZeros{};
  write(std::span(kZeros).first((to_multiple - bytes_ % to_multiple) % to_multiple));
}

}  // namespace rod::archive
