// A source of named files: a folder or an archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

// An entry of the source that can't be read, and why.
struct RefusedFile {
  std::string path;    // printable
  std::string reason;  // "it is a symbolic link that leads out of the folder", …
};

class Tree {
 public:
  virtual ~Tree() = default;

  virtual std::string name() const = 0;  // for messages: the path the user gave
  // Relative paths, sorted bytewise; valid as long as the tree exists.
  virtual const std::vector<std::string_view>& files() const = 0;
  virtual const std::vector<RefusedFile>& refused() const {
    static const std::vector<RefusedFile> kNone;
    return kNone;
  }
  virtual bool contains(std::string_view path) const = 0;
  virtual std::uint64_t size(std::string_view path) const = 0;  // bytes
  // Reading files by ascending position is fastest; equal if the order makes no difference.
  virtual std::uint64_t position(std::string_view) const { return 0; }
  // Replaces `out` by the file's bytes. Thread-safe. Throws BadInput, SystemError.
  virtual void read(std::string_view path, std::vector<std::byte>& out) const = 0;
};

}  // namespace rod::dataset
