// A picture of a data set: some pairs of each class, RGB over depth.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/font.h"
#include "image/image.h"

namespace rod::image {

struct SheetClass {
  std::string name;
  // RGB [H,W,3] u8; depth [H,W,3] u8, or [H,W,1] u16 millimetres.
  std::vector<std::pair<Image, Image>> pairs;
  const Font* font = nullptr;  // for the name; null: the built-in one, for ASCII
};

struct SheetText {
  std::string title;           // "synROD-train"
  std::string subtitle;        // "37,528 pairs, 47 classes, 256 px"
  const Font* font = nullptr;  // as above, for the title
};

// One block per class, in the given order: its name, a row of RGB tiles and under it the row of
// their depths. Colourings are shown unchanged; millimetres are shown with a colour map from warm
// (near) to cold (far) over each image's own range, and missing depth in neutral grey. Empty
// `pairs` or an empty image leave their place blank; without any depth there is no row for it.
// `tile`: the side of one picture in pixels, 16-1024. Equal arguments give equal bytes. Throws
// Error(kUsage) for a `tile` out of range.
Image contact_sheet(const SheetText& text, const std::vector<SheetClass>& classes,
                    std::uint32_t tile = 96);

}  // namespace rod::image
