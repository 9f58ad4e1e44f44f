#include "prepare/extract_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/hash.h"

namespace rod {
namespace {

constexpr const char* kName = "journal";

// Everything that decides which entries are unpacked, and to which archive the positions belong.
std::string identity_of(const ExtractOptions& options) {
  struct stat status {};
  if (::stat(options.archive.c_str(), &status) != 0)
    throw_errno(options.archive.string(), "look at it");
  Hasher hasher;
  for (const auto* globs : {&options.include, &options.exclude}) {
    for (const std::string& glob : *globs) hasher.update(glob + "\n");
    hasher.update("\n");
  }
  hasher.update(fmt::format("{} {} {} {} {}", options.paths.max_bytes, options.paths.max_component,
                            options.paths.max_depth, options.skip_links, options.skip_bad));
  return fmt::format("rodprep extract 1 {} {}.{:09} {}\n", status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec, hasher.digest().hex());
}

// "f SIZE PATH", "d PATH", "s TEXT", "@ POSITION ENTRIES".
struct Line {
  char kind;
  std::uint64_t number = 0, second = 0;
  std::string text;
};

std::uint64_t take_number(std::string_view& line) {
  std::uint64_t number = 0;
  const auto end = std::from_chars(line.data(), line.data() + line.size(), number).ptr;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.empty()) line.remove_prefix(1);
  return number;
}

Line take_line(std::string_view& rest) {
  std::string_view text = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(text.size() + 1);
  Line line{text.empty() ? ' ' : text.front(), 0, 0, {}};
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  if (line.kind == 'f' || line.kind == '@') line.number = take_number(text);
  if (line.kind == '@') line.second = take_number(text);
  line.text = text;
  return line;
}

bool all_files_are_there(std::string_view lines, DestinationTree& tree) {
  while (!lines.empty()) {
    const Line line = take_line(lines);
    // Whoever wrote this file, it must not lead us out of the destination.
    if ((line.kind == 'f' || line.kind == 'd') && why_unsafe(line.text)) return false;
    if (line.kind != 'f') continue;
    const SplitPath place = split_path(line.text);
    if (existing_size(*tree.folder(place.folder), place.name) != line.number) return false;
  }
  return true;
}

std::uint64_t restore(std::string_view lines, DestinationTree& tree, EntryGate& gate) {
  std::uint64_t position = 0;
  while (!lines.empty()) {
    const Line line = take_line(lines);
    if (line.kind == '@') {
      position = line.number;
      gate.restore_entries(line.second);
    } else if (line.kind == 's') {
      gate.restore_skipped(line.text);
    } else {
      if (line.kind == 'd') tree.folder(line.text);
      gate.restore(line.text, line.kind == 'd', line.number);
    }
  }
  return position;
}

}  // namespace

void JournalLines::add_file(const std::string& path, std::uint64_t size) {
  text_ += fmt::format("f {} {}\n", size, path);
}
void JournalLines::add_folder(const std::string& path) {
  text_ += "d " + path + "\n";
}
void JournalLines::add_skipped(const std::string& text) {
  text_ += "s " + text + "\n";
}
void JournalLines::close(std::uint64_t position, std::uint64_t entries) {
  text_ += fmt::format("@ {} {}\n", position, entries);
}

void for_each_noted_file(
    std::string_view lines,
    const std::function<void(const std::string& path, std::uint64_t size)>& show) {
  lines = lines.substr(0, lines.rfind('\n') + 1);
  while (!lines.empty()) {
    const Line line = take_line(lines);
    if (line.kind == 'f' && !why_unsafe(line.text)) show(line.text, line.number);
  }
}

ExtractJournal::ExtractJournal(const Folder& state, const ExtractOptions& options)
    : identity_(identity_of(options)), state_(state) {
  const std::string shown = state.file.path() + "/" + kName;
  const int fd =
      ::openat(state.file.fd(), kName, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) throw_errno(shown, "open");
  file_ = File(fd, shown);
}

std::uint64_t ExtractJournal::resume(DestinationTree& tree, EntryGate& gate) {
  std::string text(file_.size(), '\0');
  text.resize(file_.read_some(std::as_writable_bytes(std::span(text)), 0));
  const auto mark = text.rfind("\n@ ");
  const auto end = mark == std::string::npos ? mark : text.find('\n', mark + 1);
  if (text.rfind(identity_, 0) == 0 && end != std::string::npos) {
    text.resize(end + 1);
    const std::string_view lines = std::string_view(text).substr(identity_.size());
    if (all_files_are_there(lines, tree)) {
      if (::ftruncate(file_.fd(), static_cast<off_t>(text.size())) != 0)
        throw_errno(file_.path(), "shorten");
      return restore(lines, tree, gate);
    }
  }
  if (::ftruncate(file_.fd(), 0) != 0) throw_errno(file_.path(), "shorten");
  file_.write_all(std::as_bytes(std::span(identity_)));
  return 0;
}

void ExtractJournal::commit(std::uint64_t turn, const std::string& lines) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(turn, lines);
  std::string text;
  for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_turn_;
       first = waiting_.erase(first), ++next_turn_) {
    text += first->second;
  }
  file_.write_all(std::as_bytes(std::span(text)));
}

void ExtractJournal::remove() {
  if (::unlinkat(state_.file.fd(), kName, 0) != 0) throw_errno(file_.path(), "remove");
}

}  // namespace rod
