#include "io/read_ahead.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace rod::io {
namespace {

constexpr std::chrono::milliseconds kAskEvery{50};  // whether to stop
constexpr std::size_t kSequences = 8;
constexpr std::uint64_t kUnderWay = 256;  // reads after which a sequence counts as left

// Bytes of a block, which a reader may still copy when the block is dropped.
struct Block {
  std::vector<std::byte> bytes;
  std::exception_ptr error;
  bool done = false;       // guarded by the file's mutex, as all below
  bool used = false;       // a read got bytes of it
  std::uint64_t last = 0;  // when, in reads
};

struct Sequence {
  std::uint64_t end = 0;   // where its last read ended
  std::uint64_t last = 0;  // when that was, in reads; 0: none
  bool goes_on = false;    // a read has continued it
};

class ReadAheadFile final : public RandomAccessFile {
 public:
  ReadAheadFile(std::shared_ptr<const RandomAccessFile> file,
                std::shared_ptr<std::atomic<bool>> closed, const ReadAhead& options)
      : file_(std::move(file)), closed_(std::move(closed)), options_(options) {
    if (file_->size() > 0 && options_.keep_if && options_.keep_if(*file_)) {
      kept_.emplace(options_.keep, fmt::format("{}: keeping what was read", file_->name()), "");
      kept_at_.assign(static_cast<std::size_t>((file_->size() - 1) / options_.block + 1), kNowhere);
    }
    for (unsigned n = 0; n < options_.connections; ++n) threads_.emplace_back([this] { work(); });
  }

  ~ReadAheadFile() override {
    {
      const std::lock_guard lock(mutex_);
      *closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  ReadAheadFile(const ReadAheadFile&) = delete;
  ReadAheadFile& operator=(const ReadAheadFile&) = delete;

  const std::string& name() const override { return file_->name(); }
  std::uint64_t size() const override { return file_->size(); }
  std::string version() const override { return file_->version(); }

  std::size_t read_at(std::span<std::byte> out, std::uint64_t offset) const override {
    if (offset >= size()) return 0;
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - offset)));
    if (out.empty()) return 0;
    const std::uint64_t first = offset / options_.block,
                        last = (offset + out.size() - 1) / options_.block;
    if (!follow(offset, out.size(), first, last)) return file_->read_at(out, offset);
    std::size_t done = 0;
    for (std::uint64_t number = first; number <= last; ++number) {
      const std::uint64_t from = offset + done - number * options_.block;
      const std::size_t count = static_cast<std::size_t>(
          std::min<std::uint64_t>(out.size() - done, options_.block - from));
      read_block(number, from, out.subspan(done, count));
      done += count;
    }
    return done;
  }

 private:
  static constexpr std::uint64_t kNowhere = UINT64_MAX;

  // Whether a read is to be served from blocks. Asks for the blocks that will be needed after it.
  bool follow(std::uint64_t offset, std::size_t bytes, std::uint64_t first,
              std::uint64_t last) const {
    const std::lock_guard lock(mutex_);
    ++reads_;
    bool here = true;
    for (std::uint64_t number = first; number <= last; ++number)
      here = here && (is_kept(number) || blocks_.count(number) > 0);
    Sequence* sequence = nullptr;
    for (Sequence& one : sequences_) {
      if (one.last > 0 && one.end <= offset && offset - one.end <= options_.block &&
          (sequence == nullptr || one.end > sequence->end))
        sequence = &one;
    }
    const bool continues = sequence != nullptr;
    if (!continues) {
      sequence =
          &*std::min_element(sequences_.begin(), sequences_.end(),
                             [](const Sequence& a, const Sequence& b) { return a.last < b.last; });
    }
    *sequence = {offset + bytes, reads_, continues};
    if (!continues && bytes < options_.block) return here;
    for (std::uint64_t number = last + 1; number <= last + blocks_ahead(); ++number) {
      if (number * options_.block >= size()) break;
      if (!is_kept(number) && blocks_.count(number) == 0 && make_room()) ask(number);
    }
    return true;
  }

  // So many that the sequences under way don't drop each other's. Requires: mutex held, as below.
  unsigned blocks_ahead() const {
    const auto under_way = std::count_if(
        sequences_.begin(), sequences_.end(),
        [&](const Sequence& one) { return one.goes_on && reads_ - one.last < kUnderWay; });
    const unsigned each = options_.blocks / static_cast<unsigned>(std::max<long>(1, under_way));
    return std::clamp(each > 0 ? each - 1 : 0, 1u, options_.connections);
  }

  bool is_kept(std::uint64_t number) const {
    return kept_ && kept_at_[static_cast<std::size_t>(number)] != kNowhere;
  }

  // How many blocks after the nearest sequence before it a block is; 0: a sequence is in it.
  std::uint64_t blocks_after(std::uint64_t number) const {
    std::uint64_t nearest = UINT64_MAX;
    for (const Sequence& one : sequences_) {
      const std::uint64_t at = one.end / options_.block;
      if (one.goes_on && at <= number) nearest = std::min(nearest, number - at);
    }
    return nearest;
  }

  // Drops the block that was used longest ago.
  bool make_room() const {
    if (blocks_.size() < options_.blocks) return true;
    auto oldest = blocks_.end();
    for (auto at = blocks_.begin(); at != blocks_.end(); ++at) {
      const Block& block = *at->second;
      if (block.done && block.used && blocks_after(at->first) > 0 &&
          (oldest == blocks_.end() || block.last < oldest->second->last))
        oldest = at;
    }
    if (oldest == blocks_.end()) return false;
    blocks_.erase(oldest);
    return true;
  }

  // Like make_room(), but a read waits: drops the block that is needed last, or forgets one that
  // nobody has begun to fetch. If all are being fetched, there is one more for a while.
  void make_room_now() const {
    if (make_room()) return;
    auto farthest = blocks_.end();
    for (auto at = blocks_.begin(); at != blocks_.end(); ++at) {
      if (at->second->done &&
          (farthest == blocks_.end() || blocks_after(at->first) > blocks_after(farthest->first)))
        farthest = at;
    }
    if (farthest != blocks_.end()) {
      blocks_.erase(farthest);
    } else if (!queue_.empty()) {
      blocks_.erase(queue_.back());
      queue_.pop_back();
    }
  }

  std::shared_ptr<Block> ask(std::uint64_t number, bool now = false) const {
    auto block = std::make_shared<Block>();
    block->last = reads_;
    blocks_[number] = block;
    if (now) {
      queue_.push_front(number);
    } else {
      queue_.push_back(number);
    }
    changed_.notify_all();
    return block;
  }

  void read_block(std::uint64_t number, std::uint64_t from, std::span<std::byte> out) const {
    std::shared_ptr<Block> block;
    std::unique_lock lock(mutex_);
    const auto found = blocks_.find(number);
    if (found != blocks_.end()) {
      block = found->second;
    } else if (is_kept(number)) {
      const std::uint64_t at = kept_at_[static_cast<std::size_t>(number)];
      lock.unlock();
      return kept_->file().read_exactly(out, at + from);
    } else {
      make_room_now();
      block = ask(number, true);
    }
    while (!block->done) {
      changed_.wait_for(lock, kAskEvery);
      if (!options_.stop || block->done) continue;
      lock.unlock();
      options_.stop();
      lock.lock();
    }
    block->used = true;
    block->last = reads_;
    if (block->error) {
      const auto mine = blocks_.find(number);
      if (mine != blocks_.end() && mine->second == block) blocks_.erase(mine);
      lock.unlock();
      std::rethrow_exception(block->error);
    }
    lock.unlock();
    if (from + out.size() > block->bytes.size()) {
      throw BadInput(fmt::format("{}: ends at byte {}, expected {}", name(),
                                 number * options_.block + block->bytes.size(), size()));
    }
    std::memcpy(out.data(), block->bytes.data() + from, out.size());
  }

  // One connection.
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return *closed_ || !queue_.empty(); });
      if (*closed_) return;
      const std::uint64_t number = queue_.front();
      queue_.pop_front();
      const std::shared_ptr<Block> block = blocks_.at(number);
      lock.unlock();
      try {
        block->bytes.resize(static_cast<std::size_t>(
            std::min<std::uint64_t>(options_.block, size() - number * options_.block)));
        block->bytes.resize(file_->read_at(block->bytes, number * options_.block));
        keep(number, *block);
      } catch (...) {
        block->error = std::current_exception();
      }
      lock.lock();
      block->done = true;
      changed_.notify_all();
    }
  }

  void keep(std::uint64_t number, const Block& block) {
    if (!kept_) return;
    const std::lock_guard turn(keep_mutex_);
    if (is_full_) return;
    const std::uint64_t at = kept_->size();
    try {
      kept_->append(block.bytes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNoRoom) throw;
      is_full_ = true;
      return;
    }
    const std::lock_guard lock(mutex_);
    kept_at_[static_cast<std::size_t>(number)] = at;
  }

  const std::shared_ptr<const RandomAccessFile> file_;
  const std::shared_ptr<std::atomic<bool>> closed_;
  const ReadAhead options_;
  std::optional<Spool> kept_;
  std::mutex keep_mutex_;
  bool is_full_ = false;  // guarded by keep_mutex_

  mutable std::mutex mutex_;  // of all below
  mutable std::condition_variable changed_;
  mutable std::map<std::uint64_t, std::shared_ptr<Block>> blocks_;
  mutable std::deque<std::uint64_t> queue_;  // numbers of blocks that nobody fetches yet
  mutable std::array<Sequence, kSequences> sequences_{};
  mutable std::uint64_t reads_ = 0;
  std::vector<std::uint64_t> kept_at_;  // [blocks] in kept_; kNowhere
  std::vector<std::thread> threads_;
};

}  // namespace

std::shared_ptr<const RandomAccessFile> with_read_ahead(
    const std::function<std::shared_ptr<const RandomAccessFile>(const StopCheck& closed)>& open,
    const ReadAhead& options) {
  auto closed = std::make_shared<std::atomic<bool>>(false);
  auto file = open([closed] {
    if (*closed) throw Error(ErrorKind::kFailed, "the file was closed while it was read");
  });
  return std::make_shared<ReadAheadFile>(std::move(file), std::move(closed), options);
}

}  // namespace rod::io
