#include "image/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "image/geometry.h"

namespace rod::image {
namespace {

using Colour = cv::Scalar;  // R, G, B: the canvas keeps the order of Image

const Colour kPaper(252, 252, 250), kBlank(240, 240, 238), kRule(222, 222, 218);
const Colour kTitleInk(28, 30, 34), kLabelInk(62, 66, 72), kFaintInk(140, 144, 150);
const cv::Vec3b kMissing(214, 214, 212);  // depth that was not measured

constexpr int kMargin = 36, kHeader = 72, kLabel = 26;  // pixels; kLabel is the line above a block
constexpr int kPairGap = 4, kDepthGap = 2, kBlockGap = 28;
constexpr double kAspect = 1.4;  // of the whole sheet, width over height

// `baseline` is the text's lower left corner.
void blend(cv::Mat& canvas, const TextCoverage& text, cv::Point baseline, const Colour& ink) {
  for (int y = 0; y < text.height; ++y) {
    for (int x = 0; x < text.width; ++x) {
      const int cx = baseline.x - text.left + x, cy = baseline.y - text.ascent + y;
      if (cx < 0 || cy < 0 || cx >= canvas.cols || cy >= canvas.rows) continue;
      auto& pixel = canvas.at<cv::Vec3b>(cy, cx);
      const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(text.width) +
                      static_cast<std::size_t>(x);
      const double alpha = text.coverage[at] / 255.0;
      for (int c = 0; c < 3; ++c) {
        pixel[c] = cv::saturate_cast<std::uint8_t>(pixel[c] + alpha * (ink[c] - pixel[c]));
      }
    }
  }
}

// OpenCV's strokes are whole pixels wide, so they are drawn four times as large and averaged: thin
// and even at every size. They know ASCII alone; `font` draws other texts.
void draw_text(cv::Mat& canvas, const std::string& text, cv::Point baseline, double cap_height,
               double stroke, const Colour& ink, const Font* font = nullptr) {
  if (font != nullptr) {
    blend(canvas, font->draw(text, cap_height), baseline, ink);
    return;
  }
  constexpr int kZoom = 4;
  constexpr double kFontCapHeight = 21;  // of FONT_HERSHEY_SIMPLEX at scale 1
  const double scale = cap_height * kZoom / kFontCapHeight;
  const int thickness = std::max(1, static_cast<int>(std::lround(stroke * kZoom)));
  int below = 0;
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &below);
  const int pad = 2 * kZoom;
  TextCoverage drawn;
  drawn.left = pad / kZoom;
  drawn.ascent = (size.height + pad + kZoom - 1) / kZoom;
  drawn.height = drawn.ascent + (below + pad + kZoom - 1) / kZoom;
  drawn.width = (size.width + 2 * pad + kZoom - 1) / kZoom;
  drawn.coverage.resize(static_cast<std::size_t>(drawn.height) *
                        static_cast<std::size_t>(drawn.width));
  cv::Mat large(kZoom * drawn.height, kZoom * drawn.width, CV_8UC1, cv::Scalar(0));
  cv::Mat coverage(drawn.height, drawn.width, CV_8UC1, drawn.coverage.data());
  cv::putText(large, text, {pad, kZoom * drawn.ascent}, cv::FONT_HERSHEY_SIMPLEX, scale,
              cv::Scalar(255), thickness, cv::LINE_AA);
  cv::resize(large, coverage, coverage.size(), 0, 0, cv::INTER_AREA);
  blend(canvas, drawn, baseline, ink);
}

// Millimetres through a colour map between the 2nd and 98th percentile, so that a stray sample does
// not wash out the object.
Image coloured_depth(const Image& depth) {
  const std::size_t count = std::size_t{depth.height} * depth.width;
  std::vector<std::uint16_t> known;
  std::copy_if(depth.u16(), depth.u16() + count, std::back_inserter(known),
               [](auto mm) { return mm != 0; });
  std::sort(known.begin(), known.end());
  const double near = known.empty() ? 0 : known[known.size() / 50];
  const double far =
      known.empty() ? 1 : std::max<double>(known[known.size() - 1 - known.size() / 50], near + 1);

  cv::Mat warmth(static_cast<int>(depth.height), static_cast<int>(depth.width), CV_8UC1), bgr;
  for (std::size_t i = 0; i < count; ++i) {
    warmth.data[i] =
        cv::saturate_cast<std::uint8_t>(235 - 215 * (depth.u16()[i] - near) / (far - near));
  }
  cv::applyColorMap(warmth, bgr, cv::COLORMAP_TURBO);
  Image out(depth.height, depth.width, 3, 1);
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, out.bytes.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  for (std::size_t i = 0; i < count; ++i) {
    if (depth.u16()[i] == 0) rgb.at<cv::Vec3b>(static_cast<int>(i)) = kMissing;
  }
  return out;
}

// Fits the picture into the tile at `place`, keeping its proportions.
void draw_tile(cv::Mat& canvas, cv::Rect place, const Image& image) {
  canvas(place) = kBlank;
  if (image.height == 0 || image.width == 0) return;
  const double scale = static_cast<double>(place.width) / std::max(image.height, image.width);
  const auto side = [scale](std::uint32_t pixels) {
    return static_cast<std::uint32_t>(std::max(1L, std::lround(pixels * scale)));
  };
  const std::uint32_t height = side(image.height), width = side(image.width);
  const Image fitted = image.sample_bytes == 2
                           ? coloured_depth(resize_nearest(image, height, width))
                           : resize_bilinear(image, height, width);
  const cv::Mat pixels(static_cast<int>(height), static_cast<int>(width), CV_8UC3,
                       const_cast<std::byte*>(fitted.bytes.data()));
  const cv::Point corner(place.x + (place.width - pixels.cols) / 2,
                         place.y + (place.height - pixels.rows) / 2);
  pixels.copyTo(canvas(cv::Rect(corner, pixels.size())));
}

std::string spoken(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace

Image contact_sheet(const SheetText& text, const std::vector<SheetClass>& classes,
                    std::uint32_t tile_side) {
  if (tile_side < 16 || tile_side > 1024) {
    throw Error(ErrorKind::kUsage,
                fmt::format("a tile of {} pixels; choose 16 to 1024", tile_side));
  }
  const int tile = static_cast<int>(tile_side), count = static_cast<int>(classes.size());
  int pairs = 1;
  bool has_depth = false;
  for (const SheetClass& c : classes) {
    pairs = std::max(pairs, static_cast<int>(c.pairs.size()));
    for (const auto& pair : c.pairs) has_depth |= pair.second.height > 0;
  }
  const int block_width = pairs * (tile + kPairGap) - kPairGap;
  const int block_height = kLabel + tile + (has_depth ? kDepthGap + tile : 0);

  // The number of columns whose sheet comes nearest to the wanted shape.
  const auto width_of = [&](int columns) {
    return std::max(2 * kMargin + columns * (block_width + kBlockGap) - kBlockGap, 360);
  };
  const auto height_of = [&](int columns) {
    const int rows = std::max(1, (count + columns - 1) / columns);
    return kMargin + kHeader + rows * (block_height + kBlockGap) - kBlockGap + kMargin;
  };
  int columns = 1;
  const auto misfit = [&](int c) {
    return std::abs(std::log(double(width_of(c)) / height_of(c) / kAspect));
  };
  for (int c = 2; c <= count; ++c) {
    if (misfit(c) < misfit(columns)) columns = c;
  }

  Image sheet(static_cast<std::uint32_t>(height_of(columns)),
              static_cast<std::uint32_t>(width_of(columns)), 3, 1);
  cv::Mat canvas(static_cast<int>(sheet.height), static_cast<int>(sheet.width), CV_8UC3,
                 sheet.bytes.data());
  canvas = kPaper;
  draw_text(canvas, text.title, {kMargin, kMargin + 16}, 15, 1.9, kTitleInk, text.font);
  draw_text(canvas, text.subtitle, {kMargin, kMargin + 38}, 8.5, 1.0, kFaintInk);
  cv::line(canvas, {kMargin, kMargin + 52}, {canvas.cols - kMargin - 1, kMargin + 52}, kRule);

  for (int i = 0; i < count; ++i) {
    const SheetClass& shown = classes[static_cast<std::size_t>(i)];
    const int left = kMargin + i % columns * (block_width + kBlockGap);
    const int top = kMargin + kHeader + i / columns * (block_height + kBlockGap);
    draw_text(canvas, spoken(shown.name), {left, top + kLabel - 9}, 9.5, 1.15, kLabelInk,
              shown.font);
    for (int p = 0; p < pairs; ++p) {
      static const std::pair<Image, Image> kNothing;
      const auto& [rgb, depth] = p < static_cast<int>(shown.pairs.size())
                                     ? shown.pairs[static_cast<std::size_t>(p)]
                                     : kNothing;
      const cv::Rect place(left + p * (tile + kPairGap), top + kLabel, tile, tile);
      draw_tile(canvas, place, rgb);
      if (has_depth) draw_tile(canvas, place + cv::Point(0, tile + kDepthGap), depth);
    }
  }
  return sheet;
}

}  // namespace rod::image
