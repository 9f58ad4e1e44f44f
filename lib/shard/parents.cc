#include "shard/parents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "io/drive_file.h"

namespace rod::shard {
namespace {

bool same_shard(const ShardInfo& a, const ShardInfo& b) {
  return a.file == b.file && a.samples == b.samples && a.bytes == b.bytes && a.hash == b.hash;
}

template <typename T, typename Equal = std::equal_to<>>
bool begins_with(const std::vector<T>& all, const std::vector<T>& first, Equal equal = {}) {
  return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin(), equal);
}

}  // namespace

std::string parent_file_name(const std::string& fingerprint) {
  return fmt::format("{}/{}.json", kParentsFolder, fingerprint);
}

bool grew_from(const Manifest& manifest, const std::string& fingerprint) {
  return std::find(manifest.parents.begin(), manifest.parents.end(), fingerprint) !=
         manifest.parents.end();
}

void check_parent(const Manifest& child, const Manifest& parent) {
  const auto refuse = [](const std::string& what) {
    throw BadInput(fmt::format("the data set is said to have grown from it, but {}", what));
  };
  if (!(child.pixels == parent.pixels) || child.codec != parent.codec ||
      child.layout != parent.layout || child.classes != parent.classes) {
    refuse("has another format, layout or other classes");
  }
  const auto at = static_cast<std::size_t>(
      std::find(child.parents.begin(), child.parents.end(), parent.fingerprint) -
      child.parents.begin());
  if (at == child.parents.size() || parent.parents.size() != at ||
      !begins_with(child.parents, parent.parents)) {
    refuse("has other parents");
  }
  for (const SplitInfo& before : parent.splits) {
    const SplitInfo& now = child.split(before.name);
    if (!begins_with(now.shards, before.shards, same_shard) ||
        !begins_with(now.lines_left_out, before.lines_left_out)) {
      refuse(fmt::format("does not begin with its shards of split '{}'", before.name));
    }
  }
}

Manifest read_parent(const std::filesystem::path& folder, const Manifest& child,
                     const std::string& fingerprint, const io::Retrying& retrying,
                     const io::FileOpener& open) {
  const std::filesystem::path path = folder / parent_file_name(fingerprint);
  const std::string text = io::read_text(*(open ? open(path) : io::open_retrying(path, retrying)));
  Manifest parent = parse_manifest(text, path.string());
  try {
    if (parent.fingerprint != fingerprint)
      throw BadInput(fmt::format("its fingerprint is {}", parent.fingerprint));
    check_parent(child, parent);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", path.string(), error.what()));
  }
  return parent;
}

}  // namespace rod::shard
