// Decodes or resizes one image for pillow_test.py: "HEIGHT WIDTH CHANNELS SAMPLE_BYTES" and the raw
// samples, or "rejected REASON".
//
//   pixels_tool rgb|depth|upright FILE
//   pixels_tool bilinear|nearest FILE HEIGHT WIDTH
#include <cstdio>
#include <string>

#include "image/decode.h"
#include "image/geometry.h"
#include "io/file.h"

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const bool resizes = mode == "bilinear" || mode == "nearest";
  if (argc != (resizes ? 5 : 3)) return 2;
  const std::string file = rod::io::read_file(argv[2]);
  const auto data = std::as_bytes(std::span(file));
  const bool depth = mode == "depth" || mode == "nearest";
  const rod::image::Decoded decoded =
      depth ? rod::image::decode_depth(data) : rod::image::decode_rgb(data);
  if (const auto* reject = std::get_if<rod::image::Reject>(&decoded)) {
    std::printf("rejected %s\n", reject->reason.c_str());
    return 0;
  }
  rod::image::Image image = std::get<rod::image::Image>(decoded);
  if (mode == "upright")
    image = rod::image::upright(std::move(image), rod::image::exif_orientation(data));
  if (resizes) {
    const auto height = static_cast<std::uint32_t>(std::stoul(argv[3]));
    const auto width = static_cast<std::uint32_t>(std::stoul(argv[4]));
    image = mode == "nearest" ? rod::image::resize_nearest(image, height, width)
                              : rod::image::resize_bilinear(image, height, width);
  }
  std::printf("%u %u %u %u\n", image.height, image.width, image.channels, image.sample_bytes);
  std::fwrite(image.bytes.data(), 1, image.bytes.size(), stdout);
  return 0;
}
