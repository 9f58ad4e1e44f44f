// Any bytes are a pickle whose containers hold values that are there, or BadInput. fuzz_pth seldom
// gets here, as the zip file around a pickle has a checksum of it.
#include "trainer/pth/pickle.h"

#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const rod::trainer::Pickle pickle =
        rod::trainer::parse_pickle(std::as_bytes(std::span(data, size)), "fuzz");
    if (pickle.root >= pickle.values.size()) std::abort();
    for (const rod::trainer::PickledValue& value : pickle.values) {
      for (const std::uint32_t part : value.parts) {
        if (part >= pickle.values.size()) std::abort();
      }
      if (value.tensor.shape.size() != value.tensor.strides.size()) std::abort();
    }
  } catch (const rod::BadInput&) {
  }
  return 0;
}
