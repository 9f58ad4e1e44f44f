// Any text is a manifest that is written the same way again, or BadInput.
#include "shard/manifest.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    if (rod::shard::format_manifest(rod::shard::parse_manifest(text, "fuzz")) != text) std::abort();
  } catch (const rod::BadInput&) {
  }
  return 0;
}
