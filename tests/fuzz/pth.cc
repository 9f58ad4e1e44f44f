// Any bytes are a .pth file whose tensors lie within it, or BadInput.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/error.h"
#include "trainer/pth/pth_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMostElements = 1 << 16;
  try {
    for (const auto& [name, tensor] :
         rod::trainer::read_pth(std::as_bytes(std::span(data, size)), "fuzz")) {
      if (name.empty() || tensor.shape.size() != tensor.strides.size()) std::abort();
      if (tensor.elements() > kMostElements) continue;
      std::vector<std::byte> elements(tensor.elements() * rod::shard::dtype_bytes(tensor.dtype));
      tensor.copy_to(elements);
    }
  } catch (const rod::BadInput&) {
  }
  return 0;
}
