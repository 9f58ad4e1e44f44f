// How a command waits for a drive whose files can't be read for a while, and says so.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "base/patience.h"
#include "base/progress.h"

namespace rod {

inline constexpr std::chrono::seconds kDriveRetry{60};  // unless --retry says otherwise

// Speaks on standard error, or on the way of the command's progress line while there is one.
class DrivePatience {
 public:
  DrivePatience(std::chrono::seconds time, bool quiet);

  Patience patience() const;  // any thread; may outlive this

  // While it lives, `progress` says what is to be said.
  class Voice {
   public:
    Voice(const DrivePatience& patience, Progress& progress);
    ~Voice();
    Voice(const Voice&) = delete;
    Voice& operator=(const Voice&) = delete;

   private:
    const DrivePatience& patience_;
  };

 private:
  struct State {
    bool quiet;
    std::mutex mutex;
    Progress* progress = nullptr;
  };
  const std::chrono::seconds time_;
  const std::shared_ptr<State> state_;
};

}  // namespace rod
