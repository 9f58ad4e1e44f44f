#include "prepare/extract/extract.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/stop.h"
#include "io/file.h"
#include "prepare/extract/destination_tree.h"
#include "prepare/extract/entry_gate.h"
#include "prepare/extract/journal.h"
#include "prepare/extract/plan.h"
#include "prepare/extract/record.h"
#include "prepare/extract/selection.h"
#include "prepare/extract/state.h"
#include "prepare/extract/writers.h"

namespace rod::prepare {
namespace {

constexpr std::size_t kBatchFiles = 64;
constexpr std::size_t kBatchFolders = 16;             // bounds the descriptors that wait in batches
constexpr std::size_t kBatchLines = 64 << 10;         // bytes of journal
constexpr std::uint64_t kRoomCheckBytes = 256 << 20;  // written between two looks at the free space

constexpr std::uint64_t kFewFiles = 16;  // in an archive that is but a wrapping

bool looks_like_an_archive(std::string_view path) {
  const auto has = [&](std::string_view end) { return path.ends_with(end); };
  return has(".tar") || has(".zip") || has(".7z") || has(".tgz") || has(".tar.gz") ||
         has(".tar.bz2") || has(".tar.xz") || has(".tar.zst") || has(".rar");
}

const char* const kGoOnExtracting = "run the same command again to resume";

// Whether something says that an archive is the one of an earlier run: a file's time of change, or
// a version.
bool has_identity(const ExtractOptions& options) {
  return options.archive != "-" && (!options.open || !options.version.empty());
}

// One run of extract, once the destination is ours.
class Extraction {
 public:
  explicit Extraction(const ExtractOptions& options)
      : options_(options),
        lock_(options.destination, options.destination.string()),
        threads_(std::clamp(thread_count(options.jobs), 1u, kStages - 1)),
        tree_(options.destination, true),
        state_(std::in_place, tree_, threads_ + 1),
        gate_(options) {}

  ExtractReport run(bool plain_tar) {
    if (plain_tar) journal_.emplace(state_->folder(), options_);
    // Taken now: an archive that is changed while it is read must not pass for unpacked.
    const std::string identity = has_identity(options_) ? extract_identity(options_) : "";
    try {
      const std::uint64_t start = journal_ ? journal_->resume(tree_, gate_, links_) : 0;
      kept_ = gate_.report().files;
      noted_links_ = links_.size();
      noted_skips_ = gate_.skipped().size();
      unpack(start);
      if (options_.check) options_.check();
      state_->publish();
      gate_.check_selection();
    } catch (const Error& error) {
      try {
        state_->publish();
      } catch (const Error&) {
        // The next run will say so; this one has a reason of its own to stop.
      }
      // A bad archive will be replaced by another one, to which the positions don't belong.
      if (journal_ && error.kind() == ErrorKind::kBadInput) journal_->remove();
      throw;
    }
    if (journal_) journal_->remove();
    // Before the record: a run that finds one does not look for what a kill has left.
    state_.reset();
    if (!identity.empty() && gate_.skipped().empty()) {
      record_finished(*tree_.folder(""), identity, gate_.tree());
    }
    ExtractReport report = gate_.report();
    report.kept = kept_;
    report.written = report.files - kept_;
    report.read = read_;
    report.warnings = warnings_;
    if (!inner_archive_.empty() && report.files <= kFewFiles) {
      report.warnings.push_back(fmt::format(
          "{0}: holds another archive, '{1}'; to unpack that too: rodprep extract '{2}/{1}' "
          "'{2}/{1}.d'",
          options_.shown(), archive::printable_path(inner_archive_),
          options_.destination.string()));
    }
    return report;
  }

 private:
  void unpack(std::uint64_t start) {
    const DriveRetry retry(options_.retry, options_.quiet);
    archive::ArchiveReader reader(options_.archive, archive_options(options_, retry, start));
    Progress progress("extract", "files", 0, reader.source_bytes(), options_.quiet);
    const DriveRetry::LogTo log(retry, progress);
    progress.start_from(kept_, start);
    ExtractWriters writers(*state_, threads_, [this](const Batch& batch) {
      if (journal_) journal_->commit(batch.turn, batch.lines.text());
    });
    batch_ = writers.take();
    try {
      unpack_entries(reader, writers, progress, start);
    } catch (...) {
      // What is complete stays: the writers finish it before they go.
      if (batch_) writers.give(std::move(batch_));
      throw;
    }
    writers.give(std::move(batch_));
    writers.finish();
    copy_links();
    read_ = reader.bytes_read();
    warnings_ = reader.warnings();
  }

  void unpack_entries(archive::ArchiveReader& reader, ExtractWriters& writers, Progress& progress,
                      std::uint64_t start) {
    std::uint64_t passed = start;
    while (const auto entry = reader.next()) {
      throw_if_stopped(kGoOnExtracting);
      if (batch_is_full(*entry)) give_batch(writers, entry->position);
      unpack_entry(*entry, reader);
      progress.add(entry->type == archive::EntryType::kFile ? 1 : 0,
                   reader.source_position() - passed);
      passed = reader.source_position();
    }
  }

  bool batch_is_full(const archive::ArchiveEntry& entry) const {
    return batch_->items.size() >= kBatchFiles || batch_folders_ >= kBatchFolders ||
           batch_->lines.bytes() >= kBatchLines ||
           (is_small(entry) && batch_->used + entry.size > kBatchBytes);
  }

  void give_batch(ExtractWriters& writers, std::uint64_t position) {
    batch_->lines.close(position, gate_.entries());
    const std::uint64_t turn = batch_->turn;
    writers.give(std::move(batch_));
    batch_ = writers.take();
    batch_->turn = turn + 1;
    batch_folders_ = 0;
  }

  static bool is_small(const archive::ArchiveEntry& entry) {
    return entry.size_known && entry.size <= kBatchBytes;
  }

  void unpack_entry(const archive::ArchiveEntry& entry, archive::ArchiveReader& reader) {
    const auto path = gate_.admit(entry, reader);
    if (!path) {
      note_skipped();
      return;
    }
    if (entry.type == archive::EntryType::kFolder) {
      tree_.folder(*path);
      batch_->lines.add_folder(*path);
      return;
    }
    if (looks_like_an_archive(*path)) inner_archive_ = *path;
    const SplitPath place = split_path(*path);
    auto folder = tree_.folder(place.folder);
    std::uint64_t size = gate_.size_of(entry);
    // In a folder that this run has made nothing can be there, so asking is spared.
    const auto existing = folder->fresh ? std::nullopt : existing_size(*folder, place.name);
    if (entry.type == archive::EntryType::kHardlink) {
      links_.push_back({*path, archive::normal_path(entry.target), size});
      batch_->lines.add_link(links_.back());
      gate_.note(*path, size);
      return;
    }
    // Kept if it holds the entry's bytes: one of equal size may be another archive's.
    std::optional<io::File> present;
    if (existing && entry.size_known && *existing == size)
      present = open_existing(*folder, place.name);
    if (is_small(entry)) {
      const bool in_place = folder->staged && !existing;
      add_to_batch(entry, std::move(folder), place.name, in_place, present, reader);
    } else {
      size = write_in_pieces(entry, *folder, place.name, present, reader);
    }
    batch_->lines.add_file(*path, size);
    gate_.note(*path, size);
  }

  void note_skipped() {
    const auto& skipped = gate_.skipped();
    for (; noted_skips_ < skipped.size(); ++noted_skips_) {
      batch_->lines.add_skipped(skipped[noted_skips_]);
    }
  }

  BadInput wrong_size(const archive::ArchiveEntry& entry) const {
    return BadInput(fmt::format(
        "{}: entry '{}' at byte {} does not have the {} bytes it claims; copy or download the "
        "archive again",
        options_.shown(), archive::printable_path(entry.path), entry.position, entry.size));
  }

  // Whether the file holds these bytes from `offset` on.
  bool holds(const io::File& file, std::uint64_t offset, std::span<const std::byte> bytes) {
    present_.resize(kBatchBytes);
    while (!bytes.empty()) {
      const std::size_t got = file.read_some(
          std::span(present_).first(std::min(present_.size(), bytes.size())), offset);
      if (got == 0 || std::memcmp(present_.data(), bytes.data(), got) != 0) return false;
      offset += got;
      bytes = bytes.subspan(got);
    }
    return true;
  }

  // Does not write it again if `present` holds it.
  void add_to_batch(const archive::ArchiveEntry& entry, std::shared_ptr<const Folder> folder,
                    std::string name, bool in_place, const std::optional<io::File>& present,
                    archive::ArchiveReader& reader) {
    const std::span<std::byte> bytes(batch_->bytes.get() + batch_->used, entry.size);
    const std::size_t got = reader.read(bytes);
    std::byte beyond[1];  // asking for more lets the formats that have checksums check them
    if (got != entry.size || reader.read(beyond) != 0) {
      throw wrong_size(entry);
    }
    if (present && holds(*present, 0, bytes)) {
      ++kept_;
      return;
    }
    watch_room(entry.size);
    if (batch_->items.empty() || batch_->items.back().folder != folder) ++batch_folders_;
    batch_->items.push_back(
        {std::move(folder), std::move(name), batch_->used, entry.size, in_place});
    batch_->used += entry.size;
  }

  // Returns its size. Does not write it again if `present` holds it.
  std::uint64_t write_in_pieces(const archive::ArchiveEntry& entry, const Folder& folder,
                                const std::string& name, std::optional<io::File>& present,
                                archive::ArchiveReader& reader) {
    Stage& stage = state_->stage(0);
    std::uint64_t size = 0;
    piece_.resize(kBatchBytes);
    if (!present) stage.begin(folder.file.path() + "/" + name);
    while (const std::size_t got = reader.read(piece_)) {
      throw_if_stopped(kGoOnExtracting);
      const auto piece = std::span<const std::byte>(piece_).first(got);
      if (!entry.size_known) gate_.count(got, reader);
      if (present && !holds(*present, size, piece)) {
        stage.begin(folder.file.path() + "/" + name);
        copy_to_stage(*present, size, stage);
        present.reset();
      }
      if (!present) {
        watch_room(got);
        gate_.check_ratio(written_bytes_, reader);
        stage.write(piece);
      }
      size += got;
    }
    if (entry.size_known && size != entry.size) throw wrong_size(entry);
    if (present) {
      ++kept_;
    } else {
      stage.publish(folder, name);
    }
    return size;
  }

  // Copies the first `size` bytes.
  void copy_to_stage(const io::File& file, std::uint64_t size, Stage& stage) {
    present_.resize(kBatchBytes);
    for (std::uint64_t copied = 0; copied < size;) {
      throw_if_stopped(kGoOnExtracting);
      const std::size_t got = file.read_some(
          std::span(present_).first(std::min<std::uint64_t>(present_.size(), size - copied)),
          copied);
      if (got == 0) throw is_changing(file, copied, size);
      watch_room(got);
      stage.write(std::span(present_).first(got));
      copied += got;
    }
  }

  static Error is_changing(const io::File& file, std::uint64_t found, std::uint64_t expected) {
    return Error(ErrorKind::kFailed,
                 fmt::format("{}: has {} bytes, expected {}: another process is changing it; run "
                             "the same command again",
                             file.path(), found, expected));
  }

  // A hard link of the archive gets a copy of the earlier file's bytes: what is made are regular
  // files of their own.
  void copy_links() {
    for (std::size_t n = 0; n < links_.size(); ++n) {
      const FileLink& link = links_[n];
      throw_if_stopped(kGoOnExtracting);
      const SplitPath to = split_path(link.path), from = split_path(link.target);
      const auto to_folder = tree_.folder(to.folder), from_folder = tree_.folder(from.folder);
      const auto source = open_existing(*from_folder, from.name);
      if (!source) throw_errno(from_folder->file.path() + "/" + from.name, "open");
      source->require_regular();
      if (existing_size(*to_folder, to.name) == link.size) {
        const auto present = open_existing(*to_folder, to.name);
        if (present && are_equal(*source, *present)) {
          kept_ += n >= noted_links_;  // those are counted already
          continue;
        }
      }
      Stage& stage = state_->stage(0);
      stage.begin(to_folder->file.path() + "/" + to.name);
      copy_to_stage(*source, link.size, stage);
      if (source->size() != link.size) throw is_changing(*source, source->size(), link.size);
      stage.publish(*to_folder, to.name);
    }
  }

  bool are_equal(const io::File& one, const io::File& other) {
    piece_.resize(kBatchBytes);
    std::uint64_t offset = 0;
    while (const std::size_t got = one.read_some(piece_, offset)) {
      throw_if_stopped(kGoOnExtracting);
      if (!holds(other, offset, std::span<const std::byte>(piece_).first(got))) return false;
      offset += got;
    }
    return true;
  }

  // Called before `bytes` are written.
  void watch_room(std::uint64_t bytes) {
    if (written_bytes_ >= next_room_check_) {
      check_keep_free(options_);
      next_room_check_ = written_bytes_ + kRoomCheckBytes;
    }
    written_bytes_ += bytes;
  }

  const ExtractOptions& options_;
  const io::FileLock lock_;
  const unsigned threads_;
  DestinationTree tree_;
  std::optional<ExtractState> state_;  // until all is done
  EntryGate gate_;
  std::optional<ExtractJournal> journal_;
  std::unique_ptr<Batch> batch_;
  std::size_t batch_folders_ = 0;
  std::size_t noted_skips_ = 0, noted_links_ = 0;  // by the journal of the run before
  std::uint64_t kept_ = 0, read_ = 0;
  std::uint64_t written_bytes_ = 0, next_room_check_ = 0;
  std::vector<std::byte> piece_, present_;  // of an entry, of a file that is there
  std::vector<FileLink> links_;             // to be made at the end
  std::vector<std::string> warnings_;
  std::string inner_archive_;
};

}  // namespace

ExtractReport extract(const ExtractOptions& options) {
  if (options.dry_run) return plan_extract(options);
  if (options.verify) return verify_extract(options);
  const bool is_file = options.archive != "-";
  if (has_identity(options)) {
    if (auto report = finished_before(options)) return *report;
  }
  const bool plain_tar =
      has_identity(options) &&
      archive::ArchiveReader(options.archive, archive_options(options)).is_plain_tar();
  const std::uint64_t read =
      is_file ? check_room(options, plain_tar ? noted_position(options) : 0) : 0;
  io::make_folders(options.destination);
  ExtractReport report = Extraction(options).run(plain_tar);
  report.read += read;
  return report;
}

std::vector<std::string> list_archive(
    const ExtractOptions& options, const std::function<void(const archive::ArchiveEntry&)>& show) {
  archive::ArchiveReader reader(options.archive, archive_options(options));
  const Selection selection(options);
  while (auto entry = reader.next()) {
    throw_if_stopped("nothing was changed");
    entry->path = archive::normal_path(entry->path);
    const bool is_root = entry->path.empty() && entry->type == archive::EntryType::kFolder;
    if (!is_root && selection.takes(entry->path)) show(*entry);
  }
  return reader.warnings();
}

}  // namespace rod::prepare
