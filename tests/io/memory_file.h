// A file in memory: what any other place for bytes, such as an HTTPS address, has to implement.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "io/random_access_file.h"

namespace rod::io {

class MemoryFile final : public RandomAccessFile {
 public:
  MemoryFile(std::string name, std::string bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::uint64_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }

 private:
  const std::string name_, bytes_;
};

}  // namespace rod::io
