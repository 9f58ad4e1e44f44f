// A folder of this machine or at an address, whose files are read.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "io/remote.h"

namespace rod::io {

struct DataFolder {
  DataFolder() = default;
  DataFolder(std::filesystem::path folder) : name(std::move(folder)) {}  // of this machine

  std::filesystem::path name;  // an address is without credentials, and without "/" at its end
  Retrying how{};              // the options'
  // Open NAME/FILE, with the options' retries or with others. Absent for a folder of this machine,
  // whose files are opened as files. Thread-safe; may outlive this.
  FileOpener open{};
  std::function<std::shared_ptr<const RandomAccessFile>(const std::filesystem::path& file,
                                                        const Retrying& how)>
      open_with{};
};

// Nothing is looked at yet. All files of an address share their connections. Throws what
// parse_address() and s3_access() throw, and curl_transport().
DataFolder data_folder(const std::filesystem::path& path, const RemoteOptions& options = {});

// The same file, which is fetched whole into a temporary file when much of it has been read.
// Requires: reads of `file` are thread-safe. Reads throw what its reads and Spool throw.
std::shared_ptr<const RandomAccessFile> fetched_when_read(
    std::shared_ptr<const RandomAccessFile> file, const SpoolOptions& options = {});

}  // namespace rod::io
