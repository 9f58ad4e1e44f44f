// The small files of a run folder, such as its metrics. They are kept in memory and written to the
// folder when its drive works.
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

// put(), append() and close() perform no I/O. Thread-safe, except that only one thread may call
// save_to(). Concurrent calls of flush_to() wait for each other.
class SmallFiles {
 public:
  // `name` is relative to the run folder. put() replaces the file.
  void put(const std::string& name, std::string text);
  void append(const std::string& name, std::string_view text);

  // The file is complete: its memory is freed as soon as the run folder has all of it.
  void close(const std::string& name);

  // Whether flush_to() has anything to write.
  bool dirty() const;

  // Updates the files in `folder`: appends to them, or rewrites those that can't be appended to.
  // `fresh`: rewrite every file that has grown, because a drive may never upload a file that is
  // appended to for hours. `sync`: sync the files before returning. A failed file does not prevent
  // the others from being written, and is retried at the next call. Returns why a file of put()
  // could not be written, or an empty text; checkpoints do not depend on these files. Throws
  // SystemError if a file of append() could not be written.
  std::string flush_to(const std::filesystem::path& folder, bool fresh, bool sync);

  // Writes every file that has changed since the last call to `folder`, complete and synced. Throws
  // what flush_to() throws.
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
