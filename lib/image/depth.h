// Converts depth: to 16-bit millimetres, and these to coloured surface normals.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "image/image.h"

namespace rod::image {

// A pinhole camera, in pixels of the full frame. Defaults: the Kinect of the Washington data set.
struct Intrinsics {
  double fx = 570.3, fy = 570.3, cx = 320, cy = 240;
};

// How normals become colours. The published ROD images' order and scaling are unknown, so both are
// options.
struct NormalsRecipe {
  struct Axis {
    int component = 0;  // 0 x to the right, 1 y upwards, 2 z towards the camera
    int sign = 1;
  };

  Intrinsics camera;
  std::array<Axis, 3> axes = {{{0, 1}, {1, 1}, {2, 1}}};  // of R, G, B
  bool absolute = false;  // false: -1..1 to 0..255; true: the magnitude, 0..1 to 0..255

  // The arguments of parse_normals_recipe() for this recipe.
  std::string axes_text() const;
  std::string scale_text() const { return absolute ? "absolute" : "signed"; }
  std::string camera_text() const;
};

// `axes`: three of x, y, z, each with an optional `-` before it ("xyz", "zy-x"). `scale`: signed or
// absolute. `camera`: "FX,FY,CX,CY". Throws Error(kUsage).
NormalsRecipe parse_normals_recipe(const std::string& axes, const std::string& scale,
                                   const std::string& camera);

// The position of a crop's upper left pixel in the camera's frame, from 0.
struct CropCorner {
  double left = 0, top = 0;
};

// Parses "x,y", counted from 1, as in the Washington data set's `…_loc.txt`. Returns nothing for
// any other text.
std::optional<CropCorner> parse_crop_corner(const std::string& text);

// [H,W,3] u8 from [H,W,1] u16 millimetres. Missing depth (0) is filled by repeated 5x5 medians of
// known depths; points X = (u + left - cx) d / fx, Y = (v + top - cy) d / fy; central differences,
// cross product, unit length. Without `corner` the crop is taken from the middle of the frame.
// Source: the closest published recipe to that of ROD's surface normals. Returns a Reject if no
// depth is known, or there is only one row or column.
std::variant<Image, Reject> surface_normals(const Image& depth, const NormalsRecipe& recipe,
                                            const std::optional<CropCorner>& corner);

// The first step of surface_normals(). Requires: some pixel is not 0.
Image fill_missing_depth(const Image& depth);

// Converts `value` units of `metres` each. Returns 0 (no measurement) if the value is not a number
// or not positive, and nothing beyond 65.535 m.
std::optional<std::uint16_t> to_millimetres(double value, double metres);

// Returns the reason for refusing an image with such a depth at row y, column x.
Reject too_far(double metres, std::size_t y, std::size_t x);

// Converts U16 [H,W,1] in units of `metres` in place. Returns the reason if a depth is too far.
std::optional<Reject> scale_to_millimetres(Image& depth, double metres);

}  // namespace rod::image
