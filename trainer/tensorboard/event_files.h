// A run's TensorBoard event files: records in TFRecord's framing, a new file after each checkpoint.
//
// A drive may not upload a file while it grows: only the newest file ever does. Names count up over all processes of a
// run, as readers take files by name and never go back to an earlier one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace rod {

// Length, masked CRC32C of it, data, masked CRC32C of them. Source: TensorFlow's record_writer.h.
std::string tfrecord(std::string_view data);

// One thread.
class EventFiles {
 public:
  // `first_step`: readers forget what earlier files say of it and later ones.
  EventFiles(const std::filesystem::path& folder, std::uint64_t first_step);

  bool fresh() const { return fresh_; }  // no earlier process has left a file
  bool used() const { return session_open_; }  // this process has written an event

  // Appends one event; opens the file if need be. Errors: throw_errno.
  void add(std::uint64_t step, const std::vector<std::string>& values);

  // The next event goes to a new file; those before it are on the disk. Errors: throw_errno.
  void rotate();

 private:
  void open();

  std::filesystem::path folder_;
  std::uint64_t first_step_, next_number_ = 1;
  bool fresh_ = true, session_open_ = false;
  File file_;
};

}  // namespace rod
