// Writes files to a bucket.
#pragma once

#include <filesystem>
#include <memory>

#include "io/file_hash.h"
#include "io/remote.h"

namespace rod::io {

// A folder of a bucket: s3://BUCKET/PREFIX.
class S3Folder {
 public:
  // Throws what parse_address() and s3_access() throw; Error(kUsage) for another kind of address.
  S3Folder(const std::filesystem::path& address, const RemoteOptions& options);

  const std::string& name() const { return name_; }  // the address without "/" at its end

  // Uploads a local file as NAME/`key`, in several parts if it is large, then reads it back and
  // compares hashes. An existing object with the same hash is kept. An upload that fails leaves no
  // parts behind, unless the program is killed. Returns size and hash. Throws what retry() and
  // throw_for_status() throw; Error(kFailed) if it reads back differently. Thread-safe for
  // different keys.
  FileHash upload(const std::filesystem::path& from, const std::string& key) const;

 private:
  HttpHead send(const std::string& method, const std::string& key, const std::string& query,
                std::span<const std::byte> body, std::string& answer) const;
  void put_parts(const RandomAccessFile& file, const std::string& key) const;
  std::optional<FileHash> stored(const std::string& key) const;

  std::string name_;
  Address folder_;
  S3Access access_;
  RemoteOptions options_;
};

}  // namespace rod::io
