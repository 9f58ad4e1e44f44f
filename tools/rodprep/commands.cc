#include "commands.h"

#include <fmt/format.h>

#include <utility>

#include "archive/archive_reader.h"
#include "base/error.h"
#include "cli/command_line.h"
#include "io/drive_file.h"
#include "io/file_hash.h"
#include "prepare/drive_retry.h"

namespace rod::tools {
namespace {

// --split NAME=LIST
std::pair<std::string, std::string> name_and_list(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--split '{}': expected NAME=LIST, such as ROD=ROD/my_list.txt", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_remote(CLI::App& app, io::RemoteOptions& remote) {
  cli::add_address_options(app, remote.allow_redirects, remote.s3.endpoint, remote.s3.region);
}

// `keep`: what was read is kept in `spool`, if it is no compressed archive.
std::shared_ptr<const io::RandomAccessFile> open_ahead(const std::filesystem::path& address,
                                                       io::RemoteOptions remote,
                                                       const prepare::DriveRetry& retry,
                                                       const io::SpoolOptions& spool, bool keep) {
  remote.how = retry.retrying();
  remote.spool = spool;
  const auto keeps = [&](const io::RandomAccessFile& head) {
    return keep && !archive::is_compressed(head);
  };
  return io::open_remote_ahead(io::parse_address(address.native()), remote, keeps);
}

}  // namespace

LayoutFlags::LayoutFlags(CLI::App& app) {
  flags_ = {
      app.add_option("--layout", options_.layout, "layout of SOURCE; auto: detect it")
          ->check(CLI::IsMember(dataset::layout_names())),
      app.add_option("--split", splits_,
                     "NAME=LIST: use this list instead of the detected ones, a file in SOURCE or "
                     "on disk; with layout folders, a folder in SOURCE (repeatable)")
          ->take_all()
          ->allow_extra_args(false)
          ->default_str(""),
      app.add_flag("--smallset", options_.smallset,
                   "use the course's small lists (smallROD.txt, …) instead of the full ones"),
      app.add_option("--rgb-pattern", options_.rgb_pattern,
                     "layout folders: which images are RGB, such as '*_rgb.png' or 'rgb/*'; "
                     "without --depth-pattern, RGB only; detected if both are absent"),
      app.add_option("--depth-pattern", options_.depth_pattern,
                     "layout folders: which images are depth; each * matches the same text as in "
                     "--rgb-pattern; without that, depth only"),
      app.add_option("--structure", options_.structure,
                     "layout folders: the role of each folder in a path (split, class or *), such "
                     "as class/split, without folders that name a modality; detected if absent"),
      app.add_option("--ignore-label", options_.ignore_label,
                     "layout list: skip rows with this label, such as -1")};
}

void LayoutFlags::only_with(CLI::Option* other) {
  for (CLI::Option* const flag : flags_) flag->needs(other);
}

dataset::LayoutOptions LayoutFlags::options() const {
  dataset::LayoutOptions options = options_;
  for (const std::string& split : splits_) options.splits.push_back(name_and_list(split));
  return options;
}

AddressFlags::AddressFlags(CLI::App& app) {
  app.add_option("--sha256", sha256_, "stop with exit code 3 unless the archive has this SHA-256")
      ->type_name("HEX");
  add_remote(app, remote_);
}

DatasetFlags::DatasetFlags(CLI::App& app) : retry_(prepare::kDriveRetry) {
  add_remote(app, remote_);
  add_retry(app, retry_);
}

io::DataFolder DatasetFlags::open(const std::filesystem::path& dataset, bool quiet) const {
  io::RemoteOptions remote = remote_;
  remote.how = prepare::DriveRetry(retry_, quiet).retrying();
  return io::data_folder(dataset, remote);
}

OpenedSource DatasetFlags::open_archive(const std::filesystem::path& address, bool quiet,
                                        const io::SpoolOptions& spool) const {
  const auto file = open_ahead(address, remote_, prepare::DriveRetry(retry_, quiet), spool, true);
  return {.name = io::shown_name(address),
          .open = [file](const std::filesystem::path&) { return file; },
          .version = file->version()};
}

OpenedSource AddressFlags::open(const std::filesystem::path& source, std::chrono::seconds retry,
                                bool quiet, const io::SpoolOptions& spool, bool keep) const {
  const bool is_address = io::is_address(source);
  OpenedSource opened{.name = io::shown_name(source)};
  if (!is_address && sha256_.empty()) return opened;
  if (source == "-") {
    throw Error(ErrorKind::kUsage,
                "--sha256 needs a file or an address: standard input can't be read twice");
  }
  const prepare::DriveRetry drive(retry, quiet);
  std::shared_ptr<const io::RandomAccessFile> file;
  if (is_address) {
    file = open_ahead(source, remote_, drive, spool, keep);
  } else {
    file = io::open_retrying(source, drive.retrying());
  }
  if (!sha256_.empty()) {
    io::CheckedFile checked = io::with_sha256(std::move(file), sha256_);
    file = std::move(checked.file);
    opened.check = std::move(checked.check);
  }
  opened.version = file->version();
  opened.open = [file](const std::filesystem::path&) { return file; };
  return opened;
}

CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time) {
  return cli::add_duration(
      app, "--retry", time,
      "keep retrying for this long if a drive can't be read, then stop; the same command "
      "resumes from there");
}

}  // namespace rod::tools
