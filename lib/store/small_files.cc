#include "store/small_files.h"

#include <fcntl.h>

#include <algorithm>
#include <exception>
#include <vector>

#include "base/error.h"
#include "io/file.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

// False when the file is not `length` bytes long any more: somebody else, or a write that failed
// half-way.
bool append_to(const fs::path& path, std::size_t length, std::string_view text, bool sync) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return false;
  io::File file(fd, path.string());
  if (file.size() != length) return false;
  file.write_all(std::as_bytes(std::span(text)));
  if (sync) file.sync();
  file.close();
  return true;
}

}  // namespace

void SmallFiles::put(const std::string& name, std::string text) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[name];
  const unsigned version = entry.version + 1;
  entry = {};
  entry.text = std::move(text);
  entry.version = version;
}

void SmallFiles::append(const std::string& name, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[name];
  entry.text += text;
  entry.log = true;
  entry.saved = false;
}

void SmallFiles::close(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  found->second.closed = true;
  if (!found->second.behind()) entries_.erase(found);
}

bool SmallFiles::dirty() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& item) { return item.second.behind(); });
}

// Calls write(name) for each name, and continues after failures. Returns the first error of a file
// of put(); throws that of a log.
std::string SmallFiles::try_each(const std::vector<std::string>& names,
                                 const std::function<void(const std::string&)>& write) {
  std::string first;
  std::exception_ptr of_log;
  for (const std::string& name : names) {
    try {
      write(name);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(name);
      if (found == entries_.end()) continue;  // the run folder has it
      if (found->second.log) {
        if (!of_log) of_log = std::current_exception();
      } else if (first.empty()) {
        first = error.what();
      }
    }
  }
  if (of_log) std::rethrow_exception(of_log);
  return first;
}

std::string SmallFiles::flush_to(const fs::path& folder, bool fresh, bool sync) {
  const std::lock_guard one_at_a_time(flushing_);
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) names.push_back(name);
  }
  return try_each(names, [&](const std::string& name) { flush(folder / name, name, fresh, sync); });
}

void SmallFiles::flush(const fs::path& path, const std::string& name, bool fresh, bool sync) {
  std::string text;  // the whole file, or what is to be appended
  std::size_t before = 0;
  unsigned version = 0;
  bool whole = true;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    if (!entry.behind() && !(fresh && entry.grown)) return;
    before = entry.flushed;
    version = entry.version;
    whole = !entry.appendable || fresh || entry.closed;
    text = whole ? entry.text : entry.text.substr(before);
    entry.appendable = false;  // until the writing below has succeeded
  }
  if (!whole && !append_to(path, before, text, sync)) {
    const std::lock_guard lock(mutex_);
    text = entries_.at(name).text;
    version = entries_.at(name).version;
    whole = true;
  }
  if (whole) io::write_file(path, text);
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(name);
  if (entry.version != version) return;  // replaced meanwhile: to be written again
  entry.flushed = whole ? text.size() : before + text.size();
  entry.grown = !whole;
  entry.appendable = true;
  if (entry.closed && !entry.behind()) entries_.erase(name);
}

void SmallFiles::save_to(const fs::path& folder) {
  std::vector<std::string> changed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (!entry.saved) changed.push_back(name);
    }
  }
  try_each(changed, [&](const std::string& name) {
    std::string text;
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(name);
      if (found == entries_.end()) return;  // the run folder has it
      text = found->second.text;
    }
    io::write_file(folder / name, text);
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end()) found->second.saved = found->second.text == text;
  });
}

}  // namespace rod::store
