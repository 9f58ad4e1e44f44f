#include "prepare/verify.h"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "base/error.h"
#include "base/machine.h"
#include "base/progress.h"
#include "base/stop.h"
#include "io/drive_file.h"
#include "io/file_hash.h"
#include "shard/manifest.h"
#include "shard/parents.h"
#include "shard/shard_reader.h"

namespace rod::prepare {
namespace {

constexpr const char* kCheckAgain = "run the same command again to check from the start";

// What one reading thread re-uses from sample to sample.
struct SampleMemory {
  shard::ReadScratch scratch;
  std::vector<std::byte> rgb, depth;
};

// What is wrong with one shard; a damaged file is told once as a whole and then sample by sample.
class ShardCheck {
 public:
  ShardCheck(const io::DataFolder& dataset, const shard::Manifest& manifest,
             const shard::ShardInfo& shard)
      : dataset_(dataset), path_(dataset.name / shard.file), manifest_(manifest), shard_(shard) {}

  std::vector<std::string> run(tbb::enumerable_thread_specific<SampleMemory>& memory,
                               Progress& progress) {
    try {
      file_ = dataset_.open ? io::fetched_when_read(dataset_.open(path_))
                            : io::open_retrying(path_, dataset_.how);
      check_file();
      check_samples(memory, progress);
    } catch (const Error& error) {
      if (stop_signal() != 0) throw;
      bad_.push_back(error.what());
    }
    return std::move(bad_);
  }

 private:
  void check_file() {
    const io::FileHash found = io::hash_contents(*file_, [] { throw_if_stopped(kCheckAgain); });
    if (found.bytes != shard_.bytes) {
      bad_.push_back(fmt::format("{}: has {} bytes, the manifest says {}", path_.string(),
                                 found.bytes, shard_.bytes));
    } else if (found.hash != shard_.hash) {
      bad_.push_back(fmt::format("{}: its hash is {}, the manifest says {}", path_.string(),
                                 found.hash.hex(), shard_.hash.hex()));
    }
  }

  void check_samples(tbb::enumerable_thread_specific<SampleMemory>& memory, Progress& progress) {
    const shard::ShardReader reader(file_, manifest_.pixels, manifest_.codec);
    if (reader.samples() != shard_.samples) {
      bad_.push_back(fmt::format("{}: has {} samples, the manifest says {}", path_.string(),
                                 reader.samples(), shard_.samples));
    }
    std::vector<std::string> reasons(reader.samples());
    tbb::parallel_for(std::uint64_t{0}, reader.samples(), [&](std::uint64_t n) {
      throw_if_stopped(kCheckAgain);
      SampleMemory& mine = memory.local();
      mine.rgb.resize(shard::PixelFormat::rgb_bytes(reader.size(n)));
      mine.depth.resize(manifest_.pixels.depth_bytes(reader.size(n)));
      try {
        reader.read(n, mine.rgb, mine.depth, mine.scratch, true);
      } catch (const Error& error) {
        reasons[n] = error.what();
      }
      progress.add(1, mine.rgb.size() + mine.depth.size());
    });
    for (std::string& reason : reasons) {
      if (!reason.empty()) bad_.push_back(std::move(reason));
    }
  }

  const io::DataFolder& dataset_;
  const std::filesystem::path path_;
  std::shared_ptr<const io::RandomAccessFile> file_;
  const shard::Manifest& manifest_;
  const shard::ShardInfo& shard_;
  std::vector<std::string> bad_;
};

VerifyReport run_verify(const io::DataFolder& dataset, bool quiet) {
  const shard::Manifest manifest = shard::read_manifest(dataset.name, dataset.how, dataset.open);
  VerifyReport report;
  std::vector<const shard::ShardInfo*> shards;
  for (const shard::SplitInfo& split : manifest.splits) {
    for (const shard::ShardInfo& shard : split.shards) {
      shards.push_back(&shard);
      report.samples += shard.samples;
      report.bytes += shard.bytes;
    }
  }
  report.shards = shards.size();

  Progress progress("verify", "pairs", report.samples,
                    report.samples * (manifest.pixels.rgb_bytes() + manifest.pixels.depth_bytes()),
                    quiet);
  tbb::enumerable_thread_specific<SampleMemory> memory;
  std::vector<std::vector<std::string>> bad(shards.size());
  tbb::parallel_for(std::size_t{0}, shards.size(), [&](std::size_t s) {
    bad[s] = ShardCheck(dataset, manifest, *shards[s]).run(memory, progress);
  });
  progress.finish();
  for (const std::string& parent : manifest.parents) {
    try {
      shard::read_parent(dataset.name, manifest, parent, dataset.how, dataset.open);
    } catch (const Error& error) {
      if (stop_signal() != 0) throw;
      report.bad.emplace_back(error.what());
    }
  }
  for (std::size_t s = 0; s < shards.size(); ++s) {
    if (!bad[s].empty()) report.bad_shards.push_back(shards[s]->file);
    report.bad.insert(report.bad.end(), bad[s].begin(), bad[s].end());
  }
  return report;
}

}  // namespace

VerifyReport verify(const io::DataFolder& dataset, unsigned jobs, bool quiet) {
  const unsigned threads = thread_count(jobs);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  return arena.execute([&] { return run_verify(dataset, quiet); });
}

}  // namespace rod::prepare
