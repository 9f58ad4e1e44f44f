// The small files of a run folder, such as its metrics: they grow in memory, and reach the folder
// when its drive lets them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rod::store {

// put(), append() and close() never touch a disk. Any thread; flush_to() waits for one that is at
// work, save_to() is the work of one thread.
class SmallFiles {
 public:
  // `name` is relative to the run folder. put() replaces the file.
  void put(const std::string& name, std::string text);
  void append(const std::string& name, std::string_view text);

  // Nothing follows: as soon as the run folder has the file as a whole, its memory is given back.
  void close(const std::string& name);

  // Whether flush_to() has something to do.
  bool dirty() const;

  // Brings the files in `folder` up to date: appended to, or written anew where that is not
  // possible. `fresh` writes each file that has grown anew: a drive may never upload a file that is
  // appended to for hours. `sync`: safe against a power cut when it returns. A file that fails
  // keeps none of the others back. Returns why a file of put() could not be written, which no state
  // depends on; empty: none. Errors: throw_errno of a file of append(). What failed is done at the
  // next call.
  std::string flush_to(const std::filesystem::path& folder, bool fresh, bool sync);

  // Writes every file that has changed since the last call into `folder`, complete and synced.
  // Errors: as flush_to().
  void save_to(const std::filesystem::path& folder);

 private:
  struct Entry {
    std::string text;
    std::size_t flushed = 0;  // bytes of `text` that are in the run folder's file
    bool appendable = false;  // false: the run folder's file is not the beginning of `text`
    bool grown = false;       // appended to since it was written anew
    bool log = false;         // by append()
    bool closed = false;      // by close()
    bool saved = false;       // by save_to()
    unsigned version = 0;     // how often it was replaced

    bool behind() const { return !appendable || flushed < text.size() || (closed && grown); }
  };
  void flush(const std::filesystem::path& path, const std::string& name, bool fresh, bool sync);
  std::string try_each(const std::vector<std::string>& names,
                       const std::function<void(const std::string& name)>& write);

  std::mutex flushing_;  // before mutex_
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace rod::store
