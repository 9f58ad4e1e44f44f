// Formats the progress line of a run.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rod::trainer {

struct ProgressFigures {
  std::uint64_t epoch = 0, epochs = 0;                 // current and total; `epoch` counts from 1
  std::uint64_t step = 0, steps = 0;                   // done and in total
  double steps_per_second = 0;                         // 0: not known yet
  double pairs_per_second = 0;                         // of all streams together
  std::vector<std::pair<std::string, double>> losses;  // as last read; empty: not read yet
  std::string accuracy_of;                             // the split; empty: not evaluated yet
  double accuracy = 0;                                 // of it at the last evaluation, in 0-1
  std::uint64_t gpu_used = 0, gpu_total = 0;           // bytes; 0: no GPU
  double waited = 0;  // share of the time that steps waited for data, in 0-1
  // seconds since the newest checkpoint in the run folder; negative: none yet
  double since_safe = -1;
  double since_local = -1;  // the same for a pending checkpoint on this machine; negative: none
  double silent = 0;        // seconds that the drive has not answered
};

// "epoch 3/40  step 1234/23440  812 pairs/s  1 h 20 min left  ROD 41.3%  wait 2%  saved 3 min ago
// cls 1.23 ent 0.45
//  rot 0.31/0.40  GPU 5.2 GB of 15.8 GB". A notebook cuts it at 100 columns: what one waits for
//  comes first.
std::string progress_text(const ProgressFigures& figures);

}  // namespace rod::trainer
