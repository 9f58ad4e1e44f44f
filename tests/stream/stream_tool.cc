// For python_reader_test.py: stream_tool write FOLDER CODEC DEPTH makes a data set of the test
// images; stream_tool dump FOLDER SPLIT ORDER SEED STREAM BATCHES writes batches of 4 to standard
// output: for each of their samples its number and label (u64), its RGB and its depth.
#include <cstdio>
#include <cstring>

#include "io/file.h"
#include "stream/loader.h"
#include "tests/shard/fixture.h"

namespace rod::stream {
namespace {

constexpr std::uint64_t kWindow = 2;

void write(const std::filesystem::path& folder, const std::string& codec,
           const std::string& depth) {
  const shard::PixelFormat pixels{16, 21, shard::depth_kind_from_name(depth)};
  const shard::SplitInfo split =
      shard::fixture::write_split(folder, "ROD", pixels, shard::codec_from_name(codec), {9, 14, 6});
  io::write_file(folder / shard::kManifestName,
                 shard::format_manifest(
                     shard::fixture::manifest_of(pixels, shard::codec_from_name(codec), {split})));
}

template <typename T>
void put(const T* data, std::size_t count) {
  if (std::fwrite(data, sizeof(T), count, stdout) != count) throw std::runtime_error("can't write");
}

void dump(char** arguments) {
  LoaderStream stream;
  stream.split = std::make_shared<shard::SplitReader>(
      arguments[0], shard::read_manifest(arguments[0]), arguments[1]);
  stream.order.samples = stream.split->size();
  stream.order.batch_size = 4;
  stream.order.kind = order_kind_from_name(arguments[2]);
  stream.order.seed = std::stoull(arguments[3]);
  stream.order.stream = std::stoull(arguments[4]);
  stream.order.block = stream.split->mean_shard_samples();
  stream.order.window = kWindow;
  stream.batches = std::stoull(arguments[5]);
  const shard::PixelFormat pixels = stream.split->pixels();
  Loader loader({stream}, {.threads = 2});
  while (const Batch* batch = loader.next(0)) {
    for (std::size_t i = 0; i < batch->sample.size(); ++i) {
      put(&batch->sample[i], 1);
      put(&batch->label[i], 1);
      put(batch->rgb.data() + i * pixels.rgb_bytes(), pixels.rgb_bytes());
      put(batch->depth.data() + i * pixels.depth_bytes(), pixels.depth_bytes());
    }
  }
}

}  // namespace
}  // namespace rod::stream

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "write") == 0) {
    rod::stream::write(argv[2], argv[3], argv[4]);
  } else if (argc == 8 && std::strcmp(argv[1], "dump") == 0) {
    rod::stream::dump(argv + 2);
  } else {
    return 2;
  }
}
