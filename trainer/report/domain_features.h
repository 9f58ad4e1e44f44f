// Features of the source and of the target, to show their distribution and the distance of the
// domains.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rod::trainer {

// Some samples of a split.
struct SplitFeatures {
  std::string split;
  torch::Tensor rows;                // [N,F] f64, on the CPU
  std::vector<std::int64_t> labels;  // of the network; -1: a class that it does not know
};

struct DomainFeatures {
  SplitFeatures source, target;
  std::vector<std::string> classes;  // by label
};

inline constexpr std::int64_t kFewestFeatures = 4;  // of each split, for a picture

// Reads what `rodtrain eval --save-features` wrote: at most `most` samples of each split, evenly
// spaced. The source is `usual_source` if the file has it, otherwise the first split that is not
// the target. Throws BadInput naming the file if it lacks a split, or if its tensors' shapes do not
// match or their values are not finite; the disk's errors.
DomainFeatures read_domain_features(const std::filesystem::path& file,
                                    const std::string& usual_source, const std::string& target,
                                    std::int64_t most);

// Returns pictures of the principal components and of t-SNE, coloured by class and by domain, with
// legends. Requires: at least kFewestFeatures of each domain, at most kMostTsnePoints in total.
std::string feature_pictures(const DomainFeatures& features);

}  // namespace rod::trainer
