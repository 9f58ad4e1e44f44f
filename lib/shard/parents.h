// The data sets from which a data set grew by `rodprep cache --append`. The dataset.json of each is
// kept, so that it can be identified, checked and, by copying it over dataset.json, restored.
#pragma once

#include <filesystem>
#include <string>

#include "io/random_access_file.h"
#include "io/retry.h"
#include "shard/manifest.h"

namespace rod::shard {

inline constexpr const char* kParentsFolder = "parents";

// "parents/FINGERPRINT.json", relative to the data set.
std::string parent_file_name(const std::string& fingerprint);

// Whether `manifest` grew from the data set with this fingerprint, in one or several steps.
bool grew_from(const Manifest& manifest, const std::string& fingerprint);

// Throws BadInput, without a path in the message, unless `child` begins with all that `parent` has:
// format, classes, parents, and the shards and left-out lines of each split.
void check_parent(const Manifest& child, const Manifest& parent);

// Reads the kept dataset.json of one parent and checks it against `child`, as read_manifest() with
// the same arguments reads. Throws BadInput naming the file; what read_manifest() throws.
Manifest read_parent(const std::filesystem::path& folder, const Manifest& child,
                     const std::string& fingerprint, const io::Retrying& retrying = {},
                     const io::FileOpener& open = {});

}  // namespace rod::shard
