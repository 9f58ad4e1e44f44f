// A tree of files that lies in memory, and what recognise() says against a tree.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "dataset/layout.h"
#include "dataset/tree.h"

namespace rod::dataset {

class MemoryTree : public Tree {
 public:
  void add(const std::string& path, const std::string& text = "") {
    if (contents_.emplace(path, text).second) {
      files_.insert(std::upper_bound(files_.begin(), files_.end(), path), path);
    }
  }
  void remove(const std::string& path) {
    contents_.erase(path);
    files_.erase(std::find(files_.begin(), files_.end(), path));
  }

  std::string name() const override { return "memory"; }
  const std::vector<std::string>& files() const override { return files_; }
  bool contains(const std::string& path) const override { return contents_.count(path) > 0; }
  std::uint64_t size(const std::string& path) const override { return contents_.at(path).size(); }
  void read(const std::string& path, std::vector<std::byte>& out) const override {
    const std::string& text = contents_.at(path);
    out.resize(text.size());
    std::memcpy(out.data(), text.data(), text.size());
  }

 private:
  std::map<std::string, std::string> contents_;
  std::vector<std::string> files_;
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
