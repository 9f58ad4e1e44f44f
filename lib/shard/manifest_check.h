// The rules between a manifest's members.
#pragma once

#include "shard/manifest.h"

namespace rod::shard {

// FORMAT.md, "dataset.json": names are safe, counts agree, orders ascend. Errors: BadInput without
// a path.
void check_manifest(const Manifest& manifest);

}  // namespace rod::shard
