#include "store/local_writer.h"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <utility>

#include "base/error.h"

namespace rod::store {

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
