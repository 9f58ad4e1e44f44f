// A temporary data set of image files. The program rodprep makes it, because rodtrain decodes no
// images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rod::trainer {

struct ImageOptions {
  std::vector<std::filesystem::path> sources;  // image files, and folders of them at any depth
  std::string rgb_pattern, depth_pattern;      // as for `rodprep cache`; empty: inferred
  std::string depth = "auto";                  // --depth of `rodprep cache`
  std::uint32_t size = 256;                    // pixels per side of the data set
  bool skip_bad = false;                       // leave out images that can't be read
  std::filesystem::path local_dir;             // holds the data set; empty: see scratch_folder()
  unsigned jobs = 0;                           // threads; 0: every core
};

// The data set exists as long as the object.
class DecodedImages {
 public:
  // Runs `rodprep cache` on links to the images. Looks for rodprep beside this program, then on
  // PATH. `say` receives one line for each image that is left out, with the reason. Throws Error
  // with the kind of rodprep's exit code; Error(kFailed) if there is no rodprep; BadInput if a
  // source is missing or contains no file; SystemError; what throw_if_stopped() throws.
  DecodedImages(const ImageOptions& options, const std::function<void(const std::string&)>& say);
  ~DecodedImages();
  DecodedImages(const DecodedImages&) = delete;
  DecodedImages& operator=(const DecodedImages&) = delete;

  std::filesystem::path data_set() const { return folder_ / "data"; }
  static constexpr const char* kSplit = "images";  // its only split

  // Returns the path of the RGB image, as it was given or found, whose key in the data set is
  // `key`. Throws BadInput if there is none.
  const std::string& file(std::string_view key) const;

 private:
  void link(const std::filesystem::path& file);
  void link_all(const std::filesystem::path& source);
  void run_rodprep(const ImageOptions& options);
  void tell_left_out(const std::function<void(const std::string&)>& say) const;
  std::filesystem::path source() const { return folder_ / "source"; }

  std::filesystem::path folder_;
  std::map<std::string, std::string, std::less<>> files_;  // by key
};

}  // namespace rod::trainer
