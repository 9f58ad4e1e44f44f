// `--pretrained imagenet` and `--pretrained ADDRESS`: weights that somebody has published.
#pragma once

#include <filesystem>
#include <string>

#include "base/status_line.h"

namespace rod::trainer {

struct WeightsSource {
  std::filesystem::path folder;  // --weights-dir; empty: torch hub's cache alone
  std::string address;           // --weights-url: of the folder that has torchvision's files
};

// Whether `name` is "imagenet" or an address, and so no file.
bool is_published(const std::string& name);

// Throws Error(kUsage) when there are no ImageNet weights for `arch`, or an address is not http://…
// or https://… or has no hash in its name, as in resnet18-f37072fd.pth.
void require_published(const std::string& name, const std::string& arch,
                       const WeightsSource& source);

// The file of `name`, verified: from the folder, or torch hub's cache, or else downloaded into the
// folder (without one: into the cache). `line` shows the progress.
// Throws Error(kFailed) saying what to download and where to put it when that is not possible, or
// when a file has another hash than its name says; what throw_if_stopped() throws.
std::filesystem::path find_published(const std::string& name, const std::string& arch,
                                     const WeightsSource& source, StatusLine& line);

}  // namespace rod::trainer
