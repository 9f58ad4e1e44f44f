// A tree of files that lies in memory, and what recognise() says against a tree.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dataset/layout.h"
#include "dataset/tree.h"

namespace rod::dataset {

class MemoryTree : public Tree {
 public:
  MemoryTree() = default;
  MemoryTree(MemoryTree&&) = default;
  MemoryTree& operator=(MemoryTree&&) = default;

  void add(const std::string& path, const std::string& text = "") {
    const auto [file, is_new] = contents_.emplace(path, text);
    const std::string_view name = file->first;
    if (is_new) files_.insert(std::upper_bound(files_.begin(), files_.end(), name), name);
  }
  void remove(const std::string& path) {
    files_.erase(std::find(files_.begin(), files_.end(), path));
    contents_.erase(path);
  }

  std::string name() const override { return "memory"; }
  const std::vector<std::string_view>& files() const override { return files_; }
  bool contains(std::string_view path) const override { return contents_.count(path) > 0; }
  std::uint64_t size(std::string_view path) const override { return text_of(path).size(); }
  void read(std::string_view path, std::vector<std::byte>& out) const override {
    const std::string& text = text_of(path);
    out.resize(text.size());
    std::memcpy(out.data(), text.data(), text.size());
  }

 private:
  const std::string& text_of(std::string_view path) const {
    return contents_.at(std::string(path));
  }

  std::map<std::string, std::string, std::less<>> contents_;
  std::vector<std::string_view> files_;  // keys of contents_
};

// "": nothing.
inline std::string error_of(const Tree& tree, const LayoutOptions& options = {}) {
  try {
    recognise(tree, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace rod::dataset
