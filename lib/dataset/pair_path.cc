#include "dataset/pair_path.h"

namespace rod::dataset {
namespace {

constexpr std::string_view kStars = "***";
constexpr std::string_view kMarks = "???";

std::string with_words(std::string_view path, std::string_view stars, std::string_view marks) {
  std::string words;
  words.reserve(path.size() + stars.size() + marks.size());
  for (std::size_t at = 0; at < path.size();) {
    if (path.substr(at, kStars.size()) == kStars) {
      words += stars;
      at += kStars.size();
    } else if (path.substr(at, kMarks.size()) == kMarks) {
      words += marks;
      at += kMarks.size();
    } else {
      words += path[at++];
    }
  }
  return words;
}

}  // namespace

std::optional<PairForm> pair_form(std::string_view path) {
  const auto stars = path.find(kStars);
  if (stars == path.npos) return std::nullopt;
  const bool whole =
      (stars == 0 || path[stars - 1] == '/') && path.substr(stars + kStars.size(), 1) == "/";
  return whole ? PairForm::kFolder : PairForm::kName;
}

PairPath pair_path(std::string_view path, PairForm form) {
  const bool name = form == PairForm::kName;
  return {with_words(path, name ? "crop" : "rgb", "rgb"),
          with_words(path, name ? "depthcrop" : "depth", "surfnorm")};
}

}  // namespace rod::dataset
