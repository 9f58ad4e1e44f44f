// report.html: a run on one page that needs no other file, no script and no network.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "shard/manifest.h"
#include "trainer/checkpoint/checkpoint_head.h"
#include "trainer/config.h"
#include "trainer/input/splits.h"
#include "trainer/learning/evaluate.h"
#include "trainer/log/curves.h"

namespace rod::trainer {

// The content of a report. Requires: all references outlive the call.
struct ReportFacts {
  std::string run;  // its name
  const TrainConfig& config;
  const shard::Manifest& manifest;
  const Splits& splits;
  const Curves& curves;
  const std::map<std::string, Evaluation>& evaluations;  // the newest, by split
  RunState state;
  std::uint64_t epoch_steps = 0, total_steps = 0;
};

// Throws what SplitReader::read() throws, for the sample pictures.
std::string report_page(const ReportFacts& facts);

}  // namespace rod::trainer
