// `rodprep export`: writes a data set as files that other programs can read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rod::prepare {

enum class ExportFormat {
  // OUT/SPLIT/CLASS/00000012_rgb.png and …_depth.png, 8-bit colours or 16-bit grey, and
  // OUT/list.tsv with the columns rgb, depth, label, split, class, key: `rodprep cache OUT DEST`
  // reads it again.
  kPng,
  // OUT/SPLIT-000000.tar …: 00000012.rgb.png, .depth.png, .cls (the label) and .json (class, key,
  // label, line) per sample.
  kWebdataset,
  // OUT/SPLIT/rgb.npy U8 [N,H,W,3], depth.npy U8 [N,H,W,3] or U16 [N,H,W], label.npy I64 [N],
  // keys.json.
  kNpy,
};

ExportFormat export_format_from_name(
    const std::string& name);  // png, webdataset, npy. Throws Error(kUsage)

struct ExportOptions {
  std::filesystem::path dataset, destination;
  ExportFormat format = ExportFormat::kPng;
  std::vector<std::string> splits;       // none: all
  std::uint64_t tar_bytes = 256u << 20;  // approximate size of a WebDataset tar
  unsigned jobs = 0;
  bool quiet = false;
};

struct ExportReport {
  std::uint64_t samples = 0, files = 0, bytes = 0;  // written
};

// `destination` must not exist or be an empty folder; it appears when the export is complete. Every
// sample is checked against its hash. The bytes depend only on the data set and the options. Every
// format also writes classes.json. Throws BadInput for a bad data set, an unknown split, a
// destination that is not empty, and images of different sizes as NPY; Error(kInterrupted),
// Error(kTerminated), after removing what was written; SystemError.
ExportReport export_dataset(const ExportOptions& options);

}  // namespace rod::prepare
