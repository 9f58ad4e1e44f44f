// A checkpoint and its stage: in memory, then in the local folder, then in the run folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "io/verified_copy.h"

namespace rod::store {

// The content of a checkpoint in memory that will be written to a file. Thread safety: used by one
// thread at a time, which may differ from the thread that created it.
class CheckpointContent {
 public:
  virtual ~CheckpointContent() = default;
  virtual std::uint64_t bytes() const = 0;
  virtual void prepare() = 0;  // call before write(); what it throws ends the run without saving
  virtual void write(const io::ByteSink& sink) const = 0;
};

enum class Stage {
  kInMemory,   // in `content`; it may stay there if the local disk is full
  kLocal,      // complete in the local folder
  kPublished,  // complete in the run folder; newest.json may not name it yet
};

// Thread safety: owned by one thread at a time, which advances its stage.
struct CheckpointFile {
  // kBest was chosen with the target's labels, kBestUnlabelled without.
  enum class Kind { kStep, kBest, kBestUnlabelled };

  Kind kind = Kind::kStep;
  Stage stage = Stage::kInMemory;
  std::uint64_t step = 0;    // of kStep
  double seconds = 0;        // of training until then, of kStep
  std::uint64_t number = 0;  // of the best networks
  std::chrono::steady_clock::time_point taken = std::chrono::steady_clock::now();
  std::unique_ptr<CheckpointContent> content{};  // present in stage kInMemory alone
  double local_seconds = 0;                      // that writing it into the local folder took

  bool is_best() const { return kind != Kind::kStep; }
  std::string name() const;        // in the run folder
  std::string local_name() const;  // best networks have one each: the next may be written while
                                   // the drive still takes this one
};

}  // namespace rod::store
