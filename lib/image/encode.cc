#include "image/encode.h"

#include <fmt/format.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>

#include "base/error.h"

namespace rod {

std::vector<std::byte> encode_png(const Image& image, int level) {
  const int depth = image.sample_bytes == 2 ? CV_16U : CV_8U;
  const cv::Mat pixels(static_cast<int>(image.height), static_cast<int>(image.width),
                       CV_MAKETYPE(depth, static_cast<int>(image.channels)),
                       const_cast<std::byte*>(image.bytes.data()));
  std::vector<unsigned char> png;
  try {
    cv::Mat bgr;
    if (image.channels == 3) cv::cvtColor(pixels, bgr, cv::COLOR_RGB2BGR);
    cv::imencode(".png", image.channels == 3 ? bgr : pixels, png,
                 {cv::IMWRITE_PNG_COMPRESSION, level});
  } catch (const cv::Exception& error) {
    throw Error(ErrorKind::kFailed, fmt::format("can't encode {}x{} pixels as PNG: {}", image.width,
                                                image.height, error.err));
  }
  const auto bytes = std::as_bytes(std::span(png));
  return {bytes.begin(), bytes.end()};
}

}  // namespace rod
