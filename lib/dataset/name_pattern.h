// Path patterns with `*`, and what two of them have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rod::dataset {

inline constexpr std::string_view kImageExtensions[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
                                                        ".webp", ".tif", ".tiff", ".bmp", ".npy"};

// Returns the length of the image extension at the end of `path`, in any case; 0 if there is none.
std::size_t image_extension(std::string_view path);

// Each `*` matches any text that is not empty, including `/`, and from left to right as short as
// possible. A pattern without an image extension at its end matches images with any extension.
class NamePattern {
 public:
  using Words = std::vector<std::string>;  // one per `*`

  explicit NamePattern(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }
  std::size_t stars() const;

  // Returns the texts that the stars match; nothing if `path` is not an image or does not match.
  std::optional<Words> match(std::string_view path) const;

  // Returns the pattern with its stars replaced by `words`. `extension`, with its dot, is appended
  // if the pattern has none. Requires: words.size() == stars().
  std::string fill(const Words& words, std::string_view extension) const;

  // Returns the top folder in the texts of the stars, which is the class in `*/rgb/*` and in
  // `rgb/*`; nothing if there is no such folder.
  std::optional<std::string> class_of(const Words& words) const;

 private:
  std::string text_;
};

}  // namespace rod::dataset
