// Path patterns with `*`, and what two of them have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

inline constexpr std::string_view kImageExtensions[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
                                                        ".webp", ".tif", ".tiff", ".bmp", ".npy"};

// The length of an image's extension at the end of `path`, whatever its case; 0: it names no image.
std::size_t image_extension(std::string_view path);

// Each `*` stands for any text that is not empty, `/` included, as short as it can be from the
// left. A pattern that does not end with an image's extension stands for images with any.
class NamePattern {
 public:
  using Words = std::vector<std::string>;  // one per `*`

  explicit NamePattern(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }
  std::size_t stars() const;

  // What the stars stand for in an image's path; nothing where it is no image or does not match.
  std::optional<Words> match(std::string_view path) const;

  // The pattern with its stars replaced. Requires: words.size() == stars(). `extension`, with its
  // dot, is added where the pattern has none.
  std::string fill(const Words& words, std::string_view extension) const;

  // The upper folder in what the stars stand for: of `*/rgb/*` and of `rgb/*` the class. Nothing
  // where the image lies in no such folder.
  std::optional<std::string> class_of(const Words& words) const;

 private:
  std::string text_;
};

}  // namespace rod::dataset
