// An example: batches of a split for a trainer that is not ours. read_batches DATASET SPLIT
//
//   g++ -std=c++20 -Ilib read_batches.cc librod_stream.a librod_shard.a librod_base.a -lzstd -lfmt
//   -lpthread
#include <cstdio>

#include "base/error.h"
#include "stream/loader.h"

namespace {

void read_batches(const std::string& folder, const std::string& name) {
  const rod::shard::Manifest manifest = rod::shard::read_manifest(folder);
  const auto split = std::make_shared<const rod::shard::SplitReader>(folder, manifest, name);

  rod::stream::LoaderStream stream;
  stream.split = split;
  stream.order.samples = split->size();
  stream.order.batch_size = 4;
  stream.order.seed = 1;   // another seed, stream or epoch is another order
  stream.first_batch = 0;  // to resume, the number of batches that were consumed
  stream.slice = {0, 1};   // with several processes {rank, world}: a part of each batch
  stream.batches = stream.order.batches_per_epoch();

  rod::stream::Loader loader({stream}, {.threads = 2});
  while (const rod::stream::Batch* batch = loader.next(0)) {
    // batch->rgb and batch->depth hold the decoded pixels, [B,H,W,3], until the next call.
    std::printf("epoch %llu, samples from %llu:", static_cast<unsigned long long>(batch->epoch),
                static_cast<unsigned long long>(batch->position));
    for (std::size_t i = 0; i < batch->sample.size(); ++i) {
      const std::string key = split->key(batch->sample[i]);
      std::printf(" %.*s=%s", static_cast<int>(key.size()), key.data(),
                  manifest.classes[static_cast<std::size_t>(batch->label[i])].c_str());
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: read_batches DATASET SPLIT\n");
    return 2;
  }
  try {
    read_batches(argv[1], argv[2]);
    return 0;
  } catch (const rod::Error& error) {  // names file and sample, and says what to try next
    std::fprintf(stderr, "read_batches: %s\n", error.what());
    return error.exit_code();
  }
}
