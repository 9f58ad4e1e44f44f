#include "prepare/extract/writers.h"

#include <span>
#include <utility>

namespace rod::prepare {
namespace {

constexpr unsigned kSpareBatches = 3;  // being filled or waiting, beside one per thread

void write(const Batch& batch, Stage& stage) {
  stage.note(batch.lines.text());
  for (const Batch::Item& item : batch.items) {
    const std::span<const std::byte> bytes(batch.bytes.get() + item.offset, item.size);
    if (item.in_place) {
      stage.write_in_place(*item.folder, item.name, bytes);
    } else {
      stage.begin(item.folder->file.path() + "/" + item.name);
      stage.write(bytes);
      stage.publish(*item.folder, item.name);
    }
  }
}

}  // namespace

ExtractWriters::ExtractWriters(ExtractState& state, unsigned threads,
                               std::function<void(const Batch&)> committed)
    : committed_(std::move(committed)) {
  for (unsigned n = 0; n < threads + kSpareBatches; ++n)
    empty_.push_back(std::make_unique<Batch>());
  try {
    for (unsigned n = 0; n < threads; ++n) {
      threads_.emplace_back([this, &stage = state.stage(n + 1)] { run(stage); });
    }
  } catch (...) {
    close();  // the threads that did start would be waited for in vain
    throw;
  }
}

ExtractWriters::~ExtractWriters() {
  close();
}

std::unique_ptr<Batch> ExtractWriters::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || !empty_.empty(); });
  if (failure_) std::rethrow_exception(failure_);
  auto batch = std::move(empty_.back());
  empty_.pop_back();
  return batch;
}

void ExtractWriters::give(std::unique_ptr<Batch> batch) {
  const std::lock_guard lock(mutex_);
  full_.push_back(std::move(batch));
  changed_.notify_all();
}

void ExtractWriters::finish() {
  close();
  if (failure_) std::rethrow_exception(failure_);
}

void ExtractWriters::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  threads_.clear();  // joins
}

void ExtractWriters::run(Stage& stage) {
  for (;;) {
    std::unique_ptr<Batch> batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return failure_ || closed_ || !full_.empty(); });
      if (failure_ || full_.empty()) return;
      batch = std::move(full_.front());
      full_.pop_front();
    }
    try {
      write(*batch, stage);
      committed_(*batch);
      batch->items.clear();
      batch->used = 0;
      batch->lines = {};
    } catch (...) {
      stage.discard();
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    const std::lock_guard lock(mutex_);
    empty_.push_back(std::move(batch));
    changed_.notify_all();
  }
}

}  // namespace rod::prepare
