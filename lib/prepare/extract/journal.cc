#include "prepare/extract/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "archive/safe_path.h"
#include "base/error.h"
#include "prepare/extract/record.h"
#include "prepare/extract/state.h"

namespace rod::prepare {
namespace {

constexpr const char* kName = "journal";
constexpr archive::PathLimits kAnyLength{SIZE_MAX, SIZE_MAX,
                                         SIZE_MAX};  // the user's were obeyed when it was written

// "f SIZE PATH", "l SIZE PATH\tTARGET", "d PATH", "s TEXT", "@ POSITION ENTRIES".
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
  if (line.kind == 'f' || line.kind == 'l' || line.kind == '@') line.number = take_number(text);
  if (line.kind == '@') line.second = take_number(text);
  line.text = text;
  return line;
}

// The text as far as its last complete "@" line; nothing where there is none.
std::string_view complete_lines(std::string_view text) {
  const auto mark = text.rfind("\n@ ");
  if (mark == text.npos) return {};
  const auto end = text.find('\n', mark + 1);
  if (end != text.npos) return text.substr(0, end + 1);
  return complete_lines(text.substr(0, mark + 1));
}

FileLink link_of(const Line& line) {
  const auto tab = std::min(line.text.find('\t'), line.text.size());
  return {line.text.substr(0, tab), line.text.substr(std::min(tab + 1, line.text.size())),
          line.number};
}

bool all_files_are_there(std::string_view lines, DestinationTree& tree) {
  while (!lines.empty()) {
    const Line line = take_line(lines);
    // Whoever wrote this file, it must not lead us out of the destination.
    if ((line.kind == 'f' || line.kind == 'd') && archive::why_unsafe(line.text, kAnyLength))
      return false;
    if (line.kind == 'l') {
      const FileLink link = link_of(line);
      if (archive::why_unsafe(link.path, kAnyLength) ||
          archive::why_unsafe(link.target, kAnyLength))
        return false;
    }
    if (line.kind != 'f') continue;
    const SplitPath place = split_path(line.text);
    if (existing_size(*tree.folder(place.folder), place.name) != line.number) return false;
  }
  return true;
}

std::uint64_t restore(std::string_view lines, DestinationTree& tree, EntryGate& gate,
                      std::vector<FileLink>& links) {
  std::uint64_t position = 0;
  while (!lines.empty()) {
    const Line line = take_line(lines);
    if (line.kind == '@') {
      position = line.number;
      gate.restore_entries(line.second);
    } else if (line.kind == 's') {
      gate.restore_skipped(line.text);
    } else if (line.kind == 'l') {
      links.push_back(link_of(line));
      gate.restore(links.back().path, false, line.number);
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
void JournalLines::add_link(const FileLink& link) {
  text_ += fmt::format("l {} {}\t{}\n", link.size, link.path, link.target);
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
    if (line.kind == 'f' && !archive::why_unsafe(line.text, kAnyLength))
      show(line.text, line.number);
  }
}

ExtractJournal::ExtractJournal(const Folder& state, const ExtractOptions& options)
    : identity_(extract_identity(options)), state_(state) {
  const std::string shown = state.file.path() + "/" + kName;
  const int fd =
      ::openat(state.file.fd(), kName, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) throw_errno(shown, "open");
  file_ = io::File(fd, shown);
}

std::uint64_t noted_position(const ExtractOptions& options) {
  const auto path = options.destination / kStateFolder / kName;
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(path, unreadable)) return 0;
  const std::string text = io::read_file(path);
  const std::string_view lines = complete_lines(text);
  if (lines.rfind(extract_identity(options), 0) != 0) return 0;
  std::string_view last = lines.substr(lines.rfind("\n@ ") + 1);
  return take_line(last).number;
}

std::uint64_t ExtractJournal::resume(DestinationTree& tree, EntryGate& gate,
                                     std::vector<FileLink>& links) {
  std::string text(file_.size(), '\0');
  text.resize(file_.read_some(std::as_writable_bytes(std::span(text)), 0));
  text.resize(complete_lines(text).size());
  if (text.rfind(identity_, 0) == 0) {
    const std::string_view lines = std::string_view(text).substr(identity_.size());
    if (all_files_are_there(lines, tree)) {
      if (::ftruncate(file_.fd(), static_cast<off_t>(text.size())) != 0)
        throw_errno(file_.path(), "shorten");
      return restore(lines, tree, gate, links);
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

}  // namespace rod::prepare
