// A folder, local or at an address, from which files are read.
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

  std::filesystem::path name;  // an address has no credentials and no "/" at its end
  Retrying how{};              // the options'
  // Open NAME/FILE, with the options' retries or with others. Absent for a local folder, whose
  // files are opened as local files. Thread-safe; may outlive this.
  FileOpener open{};
  std::function<std::shared_ptr<const RandomAccessFile>(const std::filesystem::path& file,
                                                        const Retrying& how)>
      open_with{};
};

// Makes a DataFolder without accessing it. All files of an address share connections. Throws what
// parse_address() and s3_access() throw, and curl_transport().
DataFolder data_folder(const std::filesystem::path& path, const RemoteOptions& options = {});

// Returns the same file, but fetches all of it into a temporary file once much of it has been read.
// Requires: reads of `file` are thread-safe. Reads throw what its reads and Spool throw.
std::shared_ptr<const RandomAccessFile> fetched_when_read(
    std::shared_ptr<const RandomAccessFile> file, const SpoolOptions& options = {});

}  // namespace rod::io
