// What `cache` can't be faster than: reads and decodes every PNG of an archive, with all cores, and drops the pixels.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <variant>
#include <vector>

#include "base/machine.h"
#include "image/decode.h"
#include "prepare/archive_tree.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: decode_pngs ARCHIVE [THREADS]\n", stderr);
    return 2;
  }
  const unsigned threads =
      rod::thread_count(argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 0);
  const auto start = std::chrono::steady_clock::now();
  const rod::ArchiveTree tree(argv[1]);
  std::vector<std::string> names;
  for (const std::string& name : tree.files()) {
    if (name.ends_with(".png")) names.push_back(name);
  }

  std::atomic<std::size_t> next{0}, decoded{0};
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      std::vector<std::byte> file;
      for (std::size_t n = next++; n < names.size(); n = next++) {
        tree.read(names[n], file);
        decoded += std::holds_alternative<rod::Image>(rod::decode_depth(file));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  fmt::print("{} of {} images, {} threads, {:.2f} s\n", decoded.load(), names.size(), threads,
             time.count());
  return decoded == names.size() ? 0 : 1;
}
