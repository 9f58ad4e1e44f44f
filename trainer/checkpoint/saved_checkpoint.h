// Captured checkpoints on their way to the store, and their memory on its way back.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "store/checkpoint_store.h"
#include "trainer/checkpoint/checkpoint.h"

namespace rod::trainer {

// Memory that captures have used, to be used again: new memory costs as much time as the copy
// itself. Thread-safe.
class CaptureMemory {
 public:
  TensorSnapshot take();
  void give(TensorSnapshot snapshot);

 private:
  std::mutex mutex_;
  std::vector<TensorSnapshot> free_;
};

// Gives its memory back to `memory` when it is destroyed.
std::unique_ptr<store::CheckpointContent> saved_state(CapturedCheckpoint checkpoint,
                                                      std::shared_ptr<CaptureMemory> memory);

}  // namespace rod::trainer
