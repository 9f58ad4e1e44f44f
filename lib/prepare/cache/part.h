// A share of a cache plan: which one, and what it leaves behind for `merge`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dataset/layout.h"
#include "prepare/cache/plan.h"
#include "prepare/cache/unit_result.h"

namespace rod::prepare {

struct Part {
  unsigned number = 1, count = 1;  // 1 <= number <= count

  bool is_whole() const { return count == 1; }
  std::string text() const;  // "2/4"
};

// "K/N", or "auto": from the variables that a Slurm array (SLURM_ARRAY_TASK_ID, _COUNT, and _MIN
// and _STEP where they are set), Open MPI (OMPI_COMM_WORLD_RANK, _SIZE), MPICH (PMI_RANK, PMI_SIZE)
// or `srun` (SLURM_PROCID, SLURM_NTASKS) gives each process. Without _MIN the number is the task's
// modulo the count, which gives each task of 0-3 and of 1-4 another share. Throws Error(kUsage).
Part parse_part(const std::string& text);

// The units [first, second) of the plan that a part makes: neighbours, so that each part reads the
// source by rising positions. A part may be empty.
std::pair<std::size_t, std::size_t> units_of(const Part& part, const CachePlan& plan);

// What marks the folder of a part: the plan's text, with the part among its options.
std::string part_claim(const Part& part, const CachePlan& plan);

// A finished part: all of dataset.json that its own shards tell, so that it grows with them alone.
// Written last; its presence means that the part is complete.
inline constexpr const char* kPartName = "part.json";

struct FinishedPart {
  Part part;
  dataset::Dataset dataset;  // of the whole: layout, classes, the splits' names
  CachePlan plan;            // of the whole: pixels, codec, text; the units are this part's alone
  std::optional<shard::SourceCounts> sources;  // of the whole source
  std::vector<UnitResult> results;             // [plan.units]
};

std::string format_part(const FinishedPart& finished);

// Throws BadInput naming the file: absent, damaged, of another version.
FinishedPart read_part(const std::filesystem::path& folder);

}  // namespace rod::prepare
