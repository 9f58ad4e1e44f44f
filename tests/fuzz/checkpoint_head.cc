// Any metadata, as lines KEY=VALUE, are a checkpoint's head that is written the same way again, or
// BadInput.
#include "trainer/checkpoint/checkpoint_head.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  rod::shard::Metadata metadata;
  for (std::string line; std::getline(text, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) metadata[line.substr(0, equals)] = line.substr(equals + 1);
  }
  try {
    const rod::trainer::CheckpointHead head = rod::trainer::parse_checkpoint_head(metadata, "fuzz");
    const rod::shard::Metadata once = rod::trainer::to_metadata(head);
    if (rod::trainer::to_metadata(rod::trainer::parse_checkpoint_head(once, "fuzz")) != once)
      std::abort();
  } catch (const rod::BadInput&) {
  }
  return 0;
}
