#include "trainer/tensorboard/event_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/crc32.h"
#include "trainer/tensorboard/event_messages.h"

namespace rod::trainer {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "events.out.tfevents.";  // readers look for "tfevents"

// The number in "events.out.tfevents.0000000012.rodtrain"; 0: not one of ours.
std::uint64_t number_of(const std::string& name) {
  std::uint64_t number = 0;
  if (name.starts_with(kPrefix))
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
  return number;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i);
  return out;
}

std::string masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32<kCastagnoli>(bytes);
  return little_endian(std::uint32_t((crc >> 15 | crc << 17) + 0xA282EAD8), 4);
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string tfrecord(std::string_view data) {
  const std::string length = little_endian(data.size(), 8);
  return length + masked_crc(length) + std::string(data) + masked_crc(data);
}

EventFiles::EventFiles(std::shared_ptr<store::SmallFiles> files,
                       const std::vector<fs::path>& folders, std::uint64_t first_step)
    : files_(std::move(files)), first_step_(first_step) {
  for (const fs::path& folder : folders) {
    if (!fs::exists(folder)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::uint64_t number = number_of(entry.path().filename().string());
      next_number_ = std::max(next_number_, number + 1);
    }
  }
  fresh_ = next_number_ == 1;
}

void EventFiles::open() {
  name_ = fmt::format("{}{:010}.rodtrain", kPrefix, next_number_);
  ++next_number_;
  std::string head = tfrecord(version_event(now()));
  if (!session_open_) head += tfrecord(session_start_event(now(), first_step_));
  session_open_ = true;
  files_->put(name_, head);
}

void EventFiles::rotate() {
  if (!name_.empty()) files_->close(name_);
  name_.clear();
}

void EventFiles::add(std::uint64_t step, const std::vector<std::string>& values) {
  if (name_.empty()) open();
  files_->append(name_, tfrecord(summary_event(now(), step, values)));
}

}  // namespace rod::trainer
