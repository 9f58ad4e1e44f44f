// The commands of rodprep, one file each, and the options that several of them share: the layout of
// SOURCE, and how long reads are retried.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dataset/layout.h"
#include "io/data_folder.h"
#include "io/remote.h"

namespace rod::tools {

int cache_command(int argc, char** argv);
int doctor_command(int argc, char** argv);
int export_command(int argc, char** argv);
int extract_command(int argc, char** argv);
int info_command(int argc, char** argv);
int merge_command(int argc, char** argv);
int preview_command(int argc, char** argv);
int synth_command(int argc, char** argv);
int verify_command(int argc, char** argv);

// Adds --layout, --split, --smallset, --rgb-pattern, --depth-pattern, --structure and
// --ignore-label.
class LayoutFlags {
 public:
  explicit LayoutFlags(CLI::App& app);

  // Makes using these options without `other` a usage error.
  void only_with(CLI::Option* other);

  // Returns the parsed options. Throws Error(kUsage) for a --split that is not NAME=LIST.
  dataset::LayoutOptions options() const;

 private:
  dataset::LayoutOptions options_;
  std::vector<std::string> splits_;
  std::vector<CLI::Option*> flags_;
};

struct OpenedSource {
  std::filesystem::path name;  // for messages: without credentials
  io::FileOpener open{};       // absent: `name` is a path and needs none
  std::string version{};
  std::function<void()> check{};  // of --sha256; may be absent
};

// Options for an archive that is at an address, or has a known hash.
class AddressFlags {
 public:
  // Adds --sha256, --allow-redirects, --endpoint and --region.
  explicit AddressFlags(CLI::App& app);

  // Opens `source` if it is an address or --sha256 was given. `keep`: the bytes read are kept in
  // `spool`, if the archive is uncompressed. Throws what io::open_remote_ahead() throws.
  OpenedSource open(const std::filesystem::path& source, std::chrono::seconds retry, bool quiet,
                    const io::SpoolOptions& spool, bool keep) const;

  const io::RemoteOptions& remote() const { return remote_; }  // without retries

 private:
  io::RemoteOptions remote_;
  std::string sha256_;
};

// Options for a data set that may be at an address: --allow-redirects, --endpoint, --region and
// --retry.
class DatasetFlags {
 public:
  explicit DatasetFlags(CLI::App& app);

  // Throws what io::data_folder() throws.
  io::DataFolder open(const std::filesystem::path& dataset, bool quiet) const;

  // Opens the archive at an address, and keeps the bytes read in `spool`, if it is uncompressed.
  // Throws what io::open_remote_ahead() throws.
  OpenedSource open_archive(const std::filesystem::path& address, bool quiet,
                            const io::SpoolOptions& spool) const;

  std::chrono::seconds retry() const { return retry_; }

 private:
  io::RemoteOptions remote_;
  std::chrono::seconds retry_;
};

// Adds --retry, for commands that read from a drive. Its default is the value of `time`.
CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time);

}  // namespace rod::tools
