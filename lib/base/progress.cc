#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace rod {

Progress::Progress(std::string verb, std::string unit, std::uint64_t total_items,
                   std::uint64_t total_bytes, bool quiet, const TimeSource& time)
    : verb_(std::move(verb)),
      unit_(std::move(unit)),
      total_items_(total_items),
      total_bytes_(total_bytes),
      time_(time),
      line_(quiet, time) {}

void Progress::start_from(std::uint64_t items, std::uint64_t bytes) {
  items_ = first_item_ = items;
  bytes_ = first_byte_ = bytes;
}

void Progress::add(std::uint64_t items, std::uint64_t bytes) {
  items_.fetch_add(items, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (line_.is_due()) line_.update(text(false));
}

void Progress::finish() {
  line_.finish(text(true));
}

std::string Progress::text(bool finished) const {
  const auto items = items_.load(std::memory_order_relaxed);
  const auto bytes = bytes_.load(std::memory_order_relaxed);
  const std::chrono::duration<double> elapsed = time_.now() - start_;
  const double seconds = std::max(elapsed.count(), 1e-3);
  const double done = total_bytes_ > 0   ? double(bytes) / double(total_bytes_)
                      : total_items_ > 0 ? double(items) / double(total_items_)
                                         : 0;
  const auto new_items = double(items - first_item_), new_bytes = double(bytes - first_byte_);
  const double already = total_bytes_ > 0   ? double(first_byte_) / double(total_bytes_)
                         : total_items_ > 0 ? double(first_item_) / double(total_items_)
                                            : 0;
  std::string text = verb_;
  if (!finished && done > 0) text += fmt::format("  {:.0f}%", 100 * std::min(done, 1.0));
  text += fmt::format("  {}", format_count(items));
  if (!finished && total_items_ > 0) text += fmt::format("/{}", format_count(total_items_));
  text += fmt::format(" {}", unit_);
  if (bytes > 0) {
    text += fmt::format("  {}  {}/s", format_size(double(bytes)), format_size(new_bytes / seconds));
  }
  if (bytes == 0 || total_bytes_ == 0) {
    text += fmt::format("  {:.0f} {}/s", new_items / seconds, unit_);
  }
  if (finished) {
    text += "  in " + format_duration(elapsed);
  } else if (done > already && done < 1) {
    text += "  time left " + format_duration(elapsed * ((1 - done) / (done - already)));
  }
  return text;
}

}  // namespace rod
