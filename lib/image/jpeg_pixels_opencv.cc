// Stands for jpeg_pixels_turbo.cc where libjpeg-turbo's TurboJPEG was not found.
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "image/jpeg_pixels.h"

namespace rod {

Decoded jpeg_pixels(std::span<const std::byte> data, std::uint32_t height, std::uint32_t width) {
  const cv::Mat input(1, static_cast<int>(data.size()), CV_8UC1,
                      const_cast<std::byte*>(data.data()));
  try {
    const cv::Mat bgr = cv::imdecode(input, cv::IMREAD_IGNORE_ORIENTATION | cv::IMREAD_COLOR);
    if (bgr.type() != CV_8UC3 || bgr.rows != static_cast<int>(height) ||
        bgr.cols != static_cast<int>(width)) {
      return Rejection{"JPEG is damaged: its pixels can't be decoded"};
    }
    Image image(height, width, 3, 1);
    cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, image.bytes.data());
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    return image;
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
    return Rejection{"JPEG is damaged: " + error.err};
  }
}

}  // namespace rod
