// pth_tool FILE: prints each tensor of a .pth file, its name, dtype and the bytes of its values in
// hexadecimal, or why the file is refused, for pth_torch_test.py.
#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/file.h"
#include "shard/safetensors.h"
#include "trainer/pth/pth_file.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const std::string file = rod::io::read_file(argv[1]);
    for (const auto& [name, tensor] :
         rod::trainer::read_pth(std::as_bytes(std::span(file)), argv[1])) {
      std::vector<std::byte> bytes(tensor.elements() * rod::shard::dtype_bytes(tensor.dtype));
      tensor.copy_to(bytes);
      fmt::print("{} {} ", name, rod::shard::dtype_name(tensor.dtype));
      for (const std::byte byte : bytes) fmt::print("{:02x}", std::to_integer<unsigned>(byte));
      fmt::print("\n");
    }
    return 0;
  } catch (const rod::Error& error) {
    fmt::print("{}\n", error.what());
    return 3;
  }
}
