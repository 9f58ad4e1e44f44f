// A partition of a cache plan: its number, and the file that it leaves for `merge`.
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

// "K/N", or "auto": from the environment variables that a Slurm array (SLURM_ARRAY_TASK_ID, _COUNT,
// and _MIN and _STEP if they are set), Open MPI (OMPI_COMM_WORLD_RANK, _SIZE), MPICH (PMI_RANK,
// PMI_SIZE) or `srun` (SLURM_PROCID, SLURM_NTASKS) gives each process. Without _MIN, the number is
// that of the task modulo the count, which gives different partitions to the tasks of both 0-3 and
// 1-4. Throws Error(kUsage).
Part parse_part(const std::string& text);

// Returns the units [first, second) of the plan that a partition makes. They are consecutive, so
// that each partition reads the source by ascending position. A partition may be empty.
std::pair<std::size_t, std::size_t> units_of(const Part& part, const CachePlan& plan);

// Returns the text that reserves a partition's folder (see claim_folder()): the plan's text, with
// the partition among its options.
std::string part_claim(const Part& part, const CachePlan& plan);

// The file of a finished partition: the part of dataset.json that describes its own shards, so that
// its size depends only on them. It is written last; its presence means that the partition is
// complete.
inline constexpr const char* kPartName = "part.json";

struct FinishedPart {
  Part part;
  dataset::Dataset dataset;  // of the whole: layout, classes, the splits' names
  CachePlan plan;            // of the whole: pixels, codec, text; only this partition's units
  std::optional<shard::SourceCounts> sources;  // of the whole source
  std::vector<UnitResult> results;             // [plan.units]
};

std::string format_part(const FinishedPart& finished);

// Throws BadInput naming the file if it is absent, damaged or of another version.
FinishedPart read_part(const std::filesystem::path& folder);

}  // namespace rod::prepare
