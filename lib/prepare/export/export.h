// `rodprep export`: a data set as files that other programs read.
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
  std::uint64_t tar_bytes = 256u << 20;  // of a WebDataset tar, about
  unsigned jobs = 0;
  bool quiet = false;
};

struct ExportReport {
  std::uint64_t samples = 0, files = 0, bytes = 0;  // written
};

// DESTINATION must not exist, or be an empty folder; it appears when all of it is written. Every
// sample is checked against its hash. The bytes depend on the data set and the options alone. All
// formats also hold classes.json. Throws BadInput for the data set, an unknown split, a destination
// that holds something, and images of different sizes as NPY; Error(kInterrupted),
// Error(kTerminated): nothing is left; SystemError.
ExportReport export_dataset(const ExportOptions& options);

}  // namespace rod::prepare
