#include "trainer/checkpoint/saved_checkpoint.h"

#include <utility>

namespace rod::trainer {
namespace {

constexpr std::size_t kFreeSnapshots = 2;  // one is written while the next is taken

class SavedCheckpoint : public store::CheckpointContent {
 public:
  SavedCheckpoint(CapturedCheckpoint checkpoint, std::shared_ptr<CaptureMemory> memory)
      : checkpoint_(std::move(checkpoint)), memory_(std::move(memory)) {}
  ~SavedCheckpoint() override { memory_->give(std::move(checkpoint_.tensors)); }

  std::uint64_t bytes() const override {
    std::uint64_t sum = 0;
    for (const shard::TensorData& tensor : checkpoint_.tensors.data()) sum += tensor.data.size();
    return sum;
  }
  void prepare() override { seal_checkpoint(checkpoint_); }
  void write(const io::ByteSink& sink) const override {
    const std::string header =
        shard::safetensors_header(checkpoint_.tensors.data(), checkpoint_.metadata);
    sink(std::as_bytes(std::span(header)));
    for (const shard::TensorData& tensor : checkpoint_.tensors.data()) sink(tensor.data);
  }

 private:
  CapturedCheckpoint checkpoint_;
  std::shared_ptr<CaptureMemory> memory_;
};

}  // namespace

TensorSnapshot CaptureMemory::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  TensorSnapshot snapshot = std::move(free_.back());
  free_.pop_back();
  return snapshot;
}

void CaptureMemory::give(TensorSnapshot snapshot) {
  const std::lock_guard lock(mutex_);
  if (free_.size() < kFreeSnapshots) free_.push_back(std::move(snapshot));
}

std::unique_ptr<store::CheckpointContent> saved_state(CapturedCheckpoint checkpoint,
                                                      std::shared_ptr<CaptureMemory> memory) {
  return std::make_unique<SavedCheckpoint>(std::move(checkpoint), std::move(memory));
}

}  // namespace rod::trainer
