// Consistency rules of a manifest.
#pragma once

#include "shard/manifest.h"

namespace rod::shard {

// Checks the rules of FORMAT.md, "dataset.json": names are safe, counts agree, lists ascend. Throws
// BadInput, without a path in the message.
void check_manifest(const Manifest& manifest);

}  // namespace rod::shard
