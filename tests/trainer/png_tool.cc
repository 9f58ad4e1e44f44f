// png_tool WIDTH HEIGHT: writes a picture of a known pattern to standard output, for png_test.py to
// read back.
#include <cstdio>
#include <cstdlib>

#include "trainer/pictures/png.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  rod::trainer::Picture picture{static_cast<std::uint32_t>(std::atoi(argv[1])),
                                static_cast<std::uint32_t>(std::atoi(argv[2])), ""};
  for (std::uint32_t i = 0; i < picture.width * picture.height * 3; ++i)
    picture.rgb += static_cast<char>(i * i / 7);
  const std::string png = rod::trainer::encode_png(picture);
  return std::fwrite(png.data(), 1, png.size(), stdout) == png.size() ? 0 : 1;
}
