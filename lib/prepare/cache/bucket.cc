#include "prepare/cache/bucket.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/progress.h"
#include "io/data_folder.h"
#include "io/s3_upload.h"
#include "prepare/cache/manifest.h"
#include "shard/manifest.h"

namespace rod::prepare {
namespace {

namespace fs = std::filesystem;

// The fingerprint of the data set that is there; "" without one.
std::string fingerprint_at(const fs::path& address, const io::RemoteOptions& remote) {
  const io::DataFolder folder = io::data_folder(address, remote);
  std::shared_ptr<const io::RandomAccessFile> file;
  try {
    file = folder.open(folder.name / shard::kManifestName);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kBadInput) return {};  // it is not there
    throw;
  }
  const std::string name = file->name();
  return shard::parse_manifest(io::read_text(*file), name).fingerprint;
}

// Relative to the data set; the manifest last.
std::vector<std::string> files_of(const fs::path& made, const shard::Manifest& manifest) {
  std::vector<std::string> files;
  for (const shard::SplitInfo& split : manifest.splits) {
    for (const shard::ShardInfo& shard : split.shards) files.push_back(shard.file);
  }
  for (const char* name : {kRejectsName, kSourcesName}) {
    if (fs::exists(made / name)) files.emplace_back(name);
  }
  files.emplace_back(shard::kManifestName);
  return files;
}

}  // namespace

CacheReport cache_to_bucket(CacheOptions options, const fs::path& address,
                            io::RemoteOptions remote) {
  if (!options.part.is_whole()) {
    throw Error(ErrorKind::kUsage,
                "--part makes a partition for rodprep merge, which needs folders; give a folder as "
                "DEST");
  }
  if (options.append) {
    throw Error(ErrorKind::kUsage,
                "--append grows a data set in a folder; give a folder as DEST, and copy its new "
                "files to the bucket, dataset.json last");
  }
  const DriveRetry retry(options.retry, options.quiet);
  remote.how = retry.retrying();
  const io::S3Folder bucket(address, remote);
  const std::string there = fingerprint_at(address, remote);
  options.destination =
      scratch_folder(options.local_dir) / "bucket" / hash128(std::string_view(bucket.name())).hex();
  options.local_dir.clear();
  const CacheReport report = cache(options);
  if (!there.empty() && there != report.manifest.fingerprint) {
    throw BadInput(fmt::format(
        "{}: holds another data set, with fingerprint {} instead of {}; give another prefix, or "
        "remove that one. The new data set is in {}",
        bucket.name(), there, report.manifest.fingerprint, options.destination.string()));
  }
  Progress progress("upload", "files", 0, report.bytes, options.quiet);
  const DriveRetry::LogTo log(retry, progress);
  for (const std::string& file : files_of(options.destination, report.manifest))
    progress.add(1, bucket.upload(options.destination / file, file).bytes);
  progress.finish();
  std::error_code ignored;
  fs::remove_all(options.destination, ignored);
  return report;
}

}  // namespace rod::prepare
