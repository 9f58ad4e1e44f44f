// Surface normals from depth: known surfaces, missing depth, options.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "image/depth.h"

namespace rod::image {
namespace {

// The depth at which the ray of each pixel of a crop from the frame's middle meets a plane through
// (0, 0, distance).
Image plane(double nx, double ny, double nz, double distance = 1000) {
  Image depth(41, 41, 1, 2);
  const Intrinsics camera;
  for (int v = 0; v < 41; ++v) {
    for (int u = 0; u < 41; ++u) {
      // x right, y up, z to the camera: the ray is d * (a, -b, -1).
      const double a = (u - 20) / camera.fx, b = (v - 20) / camera.fy;
      depth.u16()[v * 41 + u] =
          static_cast<std::uint16_t>(std::lround(-nz * distance / (nx * a - ny * b - nz)));
    }
  }
  return depth;
}

Image normals_of(const Image& depth, const NormalsRecipe& recipe = {},
                 const std::optional<CropCorner>& corner = std::nullopt) {
  return std::get<Image>(surface_normals(depth, recipe, corner));
}

std::array<int, 3> at(const Image& image, std::size_t y, std::size_t x) {
  const std::uint8_t* pixel = image.u8() + 3 * (y * image.width + x);
  return {pixel[0], pixel[1], pixel[2]};
}

TEST(Normals, OfAWallPointToTheCamera) {
  const Image normals = normals_of(plane(0, 0, 1));
  for (std::size_t y = 0; y < 41; y += 8) EXPECT_EQ(at(normals, y, 5), (std::array{128, 128, 255}));
}

TEST(Normals, OfATiltedPlaneAreThePlanes) {
  // Far away, so that a millimetre is little: 30000 mm.
  for (const auto& [nx, ny, nz] :
       {std::array{0.6, 0.0, 0.8}, {0.0, 0.6, 0.8}, {-0.48, 0.6, 0.64}}) {
    const auto found = at(normals_of(plane(nx, ny, nz, 30'000)), 20, 20);
    EXPECT_NEAR(found[0], 127.5 * (nx + 1), 3);
    EXPECT_NEAR(found[1], 127.5 * (ny + 1), 3);
    EXPECT_NEAR(found[2], 127.5 * (nz + 1), 3);
  }
}

TEST(Normals, TurnTheirAxesAndScaleOnRequest) {
  const Image depth = plane(0.6, 0, 0.8, 30'000);
  const auto plain = at(normals_of(depth), 20, 20);
  const auto turned =
      at(normals_of(depth, parse_normals_recipe("z-xy", "signed", "570.3,570.3,320,240")), 20, 20);
  EXPECT_EQ(turned[0], plain[2]);
  EXPECT_NEAR(turned[1], 255 - plain[0], 1);
  EXPECT_EQ(turned[2], plain[1]);
  const auto absolute = at(
      normals_of(depth, parse_normals_recipe("-xyz", "absolute", "570.3,570.3,320,240")), 20, 20);
  EXPECT_NEAR(absolute[0], 255 * 0.6, 6);
  EXPECT_NEAR(absolute[1], 0, 6);
  EXPECT_NEAR(absolute[2], 255 * 0.8, 6);
}

TEST(Normals, DependOnWhereTheCropLies) {
  Image depth(3, 3, 1, 2);
  for (int n = 0; n < 9; ++n) depth.u16()[n] = static_cast<std::uint16_t>(1000 + 3 * (n % 3));
  const Image middle = normals_of(depth), edge = normals_of(depth, {}, CropCorner{600, 400});
  EXPECT_NE(at(middle, 1, 1), at(edge, 1, 1));
  EXPECT_EQ(middle, normals_of(depth, {}, CropCorner{319, 239}))
      << "without a corner: the frame's middle";
}

TEST(Normals, FillMissingDepthFromItsNeighbours) {
  Image depth(1, 9, 1, 2);
  depth.u16()[0] = 500;
  depth.u16()[1] = 700;
  const Image filled = fill_missing_depth(depth);
  const std::uint16_t expected[] = {500, 700, 500, 700, 500, 500, 500, 500, 500};
  // Pixel 2 sees 500 and 700, pixel 3 sees 700; then 4 sees 500 and 700, 5 sees 700, and so on: of
  // two the nearer.
  EXPECT_EQ(filled.u16()[2], expected[2]);
  EXPECT_EQ(filled.u16()[3], expected[3]);
  EXPECT_EQ(filled.u16()[4], expected[4]);
  for (int n = 0; n < 9; ++n) EXPECT_NE(filled.u16()[n], 0) << n;
}

TEST(Normals, OfAWallWithAHoleAreAWalls) {
  Image depth = plane(0, 0, 1);
  for (int v = 10; v < 25; ++v) {
    for (int u = 12; u < 30; ++u) depth.u16()[v * 41 + u] = 0;
  }
  EXPECT_EQ(normals_of(depth), normals_of(plane(0, 0, 1)));
}

TEST(Normals, AreRefusedWhereNothingIsKnown) {
  const auto reason = [](const Image& depth) {
    const auto made = surface_normals(depth, {}, std::nullopt);
    return std::holds_alternative<Reject>(made) ? std::get<Reject>(made).reason : "";
  };
  EXPECT_EQ(reason(Image(5, 5, 1, 2)), "depth is missing in every pixel");
  EXPECT_EQ(reason(Image(1, 5, 1, 2)), "depth of 5x1 pixels has no surface normals");
}

TEST(Normals, FillALargeImageFromOneCornerInTime) {
  Image depth(1500, 1500, 1, 2);
  depth.u16()[0] = 1000;
  EXPECT_EQ(fill_missing_depth(depth).u16()[1500 * 1500 - 1], 1000);
}

TEST(NormalsRecipe, IsReadAndToldAlike) {
  for (const char* axes : {"xyz", "zyx", "-xy-z", "y-z-x"}) {
    const NormalsRecipe recipe = parse_normals_recipe(axes, "absolute", "500,501.5,160,120.25");
    EXPECT_EQ(recipe.axes_text(), axes);
    EXPECT_EQ(recipe.scale_text(), "absolute");
    EXPECT_EQ(recipe.camera_text(), "500,501.5,160,120.25");
  }
  for (const char* axes : {"", "xy", "xyy", "xyzx", "--xyz", "abc", "xyz-"}) {
    EXPECT_THROW(parse_normals_recipe(axes, "signed", "1,1,0,0"), Error) << axes;
  }
  EXPECT_THROW(parse_normals_recipe("xyz", "half", "1,1,0,0"), Error);
  for (const char* camera : {"", "1,2,3", "1,2,3,4,5", "0,1,2,3", "1,1,x,0", "1,1,inf,0"}) {
    EXPECT_THROW(parse_normals_recipe("xyz", "signed", camera), Error) << camera;
  }
}

TEST(CropCorner, IsCountedFromOneInFiles) {
  EXPECT_EQ(parse_crop_corner("281,170\n")->left, 280);
  EXPECT_EQ(parse_crop_corner("281, 170\r\n")->top, 169);
  for (const char* text : {"", "281", "1,2,3", "a,b"})
    EXPECT_FALSE(parse_crop_corner(text)) << text;
}

}  // namespace
}  // namespace rod::image
