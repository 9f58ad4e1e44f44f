// A run's TensorBoard event files: records in TFRecord's framing, a new file after each checkpoint.
//
// A drive may not upload a file while it grows, so only the newest file grows. Numbers in names
// increase over all processes of a run, because readers read files in the order of their names and
// never return to an earlier one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/small_files.h"

namespace rod::trainer {

// Length, masked CRC32C of it, data, masked CRC32C of them. Source: TensorFlow's record_writer.h.
std::string tfrecord(std::string_view data);

// Not thread-safe.
class EventFiles {
 public:
  // Events are written to `files`. `folders`: where earlier processes may have left event files.
  // `first_step`: readers discard earlier events of this step and later ones. Throws SystemError.
  EventFiles(std::shared_ptr<store::SmallFiles> files,
             const std::vector<std::filesystem::path>& folders, std::uint64_t first_step);

  bool fresh() const { return fresh_; }        // no earlier process has written a file
  bool used() const { return session_open_; }  // this process has written an event

  // Appends one event, to a new file if necessary.
  void add(std::uint64_t step, const std::vector<std::string>& values);

  // The next event goes to a new file.
  void rotate();

 private:
  void open();

  std::shared_ptr<store::SmallFiles> files_;
  std::uint64_t first_step_, next_number_ = 1;
  bool fresh_ = true, session_open_ = false;
  std::string name_;  // of the file that grows; empty: none does
};

}  // namespace rod::trainer
