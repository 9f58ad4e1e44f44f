// A tree of files that lies in memory.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

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

}  // namespace rod::dataset
