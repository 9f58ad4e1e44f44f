#include "store/local_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "io/file.h"

namespace rod::store {

namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNameDigits = 16;

bool is_name(const std::string& text) {
  return text.size() == kNameDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string run_name(const fs::path& run) {
  const fs::path path = run / ".run";
  if (fs::exists(path)) {
    const std::string text = io::read_file(path, 64).substr(0, kNameDigits);
    if (is_name(text)) return text;
  }
  std::random_device device;
  const std::string name = fmt::format("{:08x}{:08x}", device(), device());
  io::write_file(path, name + "\n");
  return name;
}

}  // namespace

LocalFolder open_local_folder(const fs::path& run, const fs::path& local_dir) {
  LocalFolder local;
  if (local_dir.empty() && !is_on_drive(run)) {
    local = {run / ".local", false};
  } else {
    const fs::path absolute = fs::absolute(run).lexically_normal();
    const fs::path last =
        absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
    local = {
        scratch_folder(local_dir) / "runs" / fmt::format("{}-{}", last.string(), run_name(run)),
        true};
  }
  io::make_folders(local.path);
  return local;
}

void LocalWriter::run() {
  while (std::optional<CheckpointFile> file = queue_.take_from_memory()) {
    try {
      const auto start = std::chrono::steady_clock::now();
      file->content->prepare();
      write(*file);
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      file->local_seconds = time.count();
      remove_local(local_, queue_.put_written(*std::move(file)));
    } catch (...) {
      queue_.fail_writing(std::current_exception());
    }
  }
}

// Leaves the checkpoint in memory where the local disk fails.
void LocalWriter::write(CheckpointFile& file) const {
  try {
    if (!file.is_best()) {  // a run that resumes from this state here needs the lines before it
      if (local_.separate) {
        files_.save_to(local_.path);
      } else {
        files_.flush_to(run_, /*fresh=*/false, /*sync=*/true);
      }
    }
    io::write_verified(local_.path / file.local_name(),
                       [&](const io::ByteSink& sink) { file.content->write(sink); });
    file.stage = Stage::kLocal;
    file.content.reset();
  } catch (const Error& error) {
    log_(fmt::format(
        "{}\nTraining continues; this checkpoint goes to {} without a copy on this machine.",
        error.what(), run_.string()));
  }
}

void remove_local(const LocalFolder& local, const std::vector<CheckpointFile>& files) {
  for (const CheckpointFile& file : files) {
    std::error_code ignored;
    if (file.stage != Stage::kInMemory)
      std::filesystem::remove(local.path / file.local_name(), ignored);
  }
}

}  // namespace rod::store
