#include "io/data_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"

namespace rod::io {
namespace {

constexpr std::uint64_t kReadBeforeFetch = std::uint64_t{4} << 20;  // bytes, or a part of the file
constexpr std::uint64_t kPartBeforeFetch = 16;
constexpr std::size_t kFetchedPiece = std::size_t{8} << 20;

class FetchedWhenRead final : public RandomAccessFile {
 public:
  FetchedWhenRead(std::shared_ptr<const RandomAccessFile> file, const SpoolOptions& options)
      : file_(std::move(file)),
        options_(options),
        before_(std::min(kReadBeforeFetch, file_->size() / kPartBeforeFetch)) {}

  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return file_->size(); }
  std::string version() const override { return file_->version(); }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    std::shared_ptr<const RandomAccessFile> here;
    {
      const std::lock_guard lock(mutex_);
      read_ += out.size();
      if (!here_ && read_ > before_) here_ = fetch();
      here = here_;
    }
    return (here ? here : file_)->read_at(out, offset);
  }

 private:
  std::shared_ptr<const RandomAccessFile> fetch() const {
    Spool spool(options_, fmt::format("{}: keeping a copy while it is read", name()),
                "copy the data set to this machine");
    const auto ahead = with_read_ahead([&](const StopCheck&) { return file_; }, {});
    std::vector<std::byte> piece(kFetchedPiece);
    while (spool.size() < size()) {
      const std::size_t got = ahead->read_at(piece, spool.size());
      if (got == 0) throw BadInput(fmt::format("{}: ends at byte {}", name(), spool.size()));
      spool.append(std::span(piece).first(got));
    }
    return as_random_access(spool.take());
  }

  const std::shared_ptr<const RandomAccessFile> file_;
  const SpoolOptions options_;
  const std::uint64_t before_;
  mutable std::mutex mutex_;  // of all below
  mutable std::uint64_t read_ = 0;
  mutable std::shared_ptr<const RandomAccessFile> here_;
};

}  // namespace

DataFolder data_folder(const std::filesystem::path& path, const RemoteOptions& options) {
  DataFolder result(path);
  result.how = options.how;
  if (!is_address(path)) return result;
  Address folder = parse_address(path.native());
  while (folder.path.size() > 1 && folder.path.ends_with('/')) folder.path.pop_back();
  Address shown = folder;
  shown.query.clear();
  HttpFileOptions http = http_options(folder, options);
  if (!http.transport) http.transport = curl_transport();
  std::string name = shown.shown();
  if (name.ends_with('/')) name.pop_back();  // the data set is all that the server has
  result.name = name;
  result.open_with = [folder, http, name](const std::filesystem::path& file, const Retrying& how) {
    const std::string& asked = file.native();
    if (!asked.starts_with(name + "/")) {
      throw Error(ErrorKind::kFailed, fmt::format("{}: is not below {}", asked, name));
    }
    HttpFileOptions of_file = http;
    of_file.how = how;
    of_file.name = asked;
    of_file.log_fetch = false;  // for each shard
    return open_http_file(below(folder, asked.substr(name.size() + 1)), of_file);
  };
  result.open = [open_with = result.open_with, how = options.how](const std::filesystem::path& at) {
    return open_with(at, how);
  };
  return result;
}

std::shared_ptr<const RandomAccessFile> fetched_when_read(
    std::shared_ptr<const RandomAccessFile> file, const SpoolOptions& options) {
  return std::make_shared<FetchedWhenRead>(std::move(file), options);
}

}  // namespace rod::io
