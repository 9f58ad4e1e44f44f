// What `cache` can't be faster than: reads and decodes every PNG of an archive, with all cores, and
// drops the pixels.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#ifdef ROD_HAVE_SPNG
#include <spng.h>
#endif

#include "base/machine.h"
#include "image/decode.h"
#include "prepare/source.h"

namespace {

using Decoder = std::function<bool(const std::vector<std::byte>&)>;

bool decode_ours(const std::vector<std::byte>& file) {
  return std::holds_alternative<rod::image::Image>(rod::image::decode_depth(file));
}

bool decode_opencv(const std::vector<std::byte>& file) {
  return !cv::imdecode(cv::Mat(1, static_cast<int>(file.size()), CV_8UC1,
                               const_cast<std::byte*>(file.data())),
                       cv::IMREAD_COLOR)
              .empty();
}

#ifdef ROD_HAVE_SPNG
bool decode_spng(const std::vector<std::byte>& file) {
  static thread_local std::vector<char> pixels;
  spng_ctx* const context = spng_ctx_new(0);
  spng_set_crc_action(context, SPNG_CRC_ERROR, SPNG_CRC_ERROR);
  std::size_t bytes = 0;
  bool good = spng_set_png_buffer(context, file.data(), file.size()) == 0 &&
              spng_decoded_image_size(context, SPNG_FMT_RGB8, &bytes) == 0;
  pixels.resize(bytes);
  good = good && spng_decode_image(context, pixels.data(), bytes, SPNG_FMT_RGB8, 0) == 0 &&
         spng_decode_chunks(context) == 0;
  spng_ctx_free(context);
  return good;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, Decoder> decoders = {
      {"ours", decode_ours},
      {"opencv", decode_opencv},
#ifdef ROD_HAVE_SPNG
      {"spng", decode_spng},
#endif
  };
  const std::string name = argc > 2 ? argv[2] : "ours";
  if (argc < 2) {
    std::fputs("usage: decode_pngs ARCHIVE [ours|opencv|spng [THREADS]]\n", stderr);
    return 2;
  }
  if (decoders.count(name) == 0) {
    fmt::print(stderr, "{}: not built in\n", name);
    return 77;
  }
  cv::setNumThreads(1);
  const unsigned threads =
      rod::thread_count(argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 0);
  const auto start = std::chrono::steady_clock::now();
  const rod::prepare::ArchiveTree tree(argv[1]);
  std::vector<std::string_view> names;
  for (const std::string_view file : tree.files()) {
    if (file.ends_with(".png")) names.push_back(file);
  }

  std::atomic<std::size_t> next{0}, decoded{0};
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      std::vector<std::byte> file;
      const Decoder& decode = decoders.at(name);
      for (std::size_t n = next++; n < names.size(); n = next++) {
        tree.read(names[n], file);
        decoded += decode(file);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  fmt::print("{}: {} of {} images, {} threads, {:.2f} s\n", name, decoded.load(), names.size(),
             threads, time.count());
  return decoded == names.size() ? 0 : 1;
}
