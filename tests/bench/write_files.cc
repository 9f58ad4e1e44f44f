// The bare cost of an archive's files: they lie in memory, and some threads create and write them.
//
//   bench_write_files ARCHIVE FOLDER THREADS [FILES PER TURN]
//
// Prints the seconds from the first file to the last; folders are made beforehand. Threads take
// turns of so many consecutive files; without a number each gets one share of the list, so that
// they seldom meet in a folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "archive/archive_reader.h"
#include "base/error.h"
#include "io/file.h"

namespace {

struct Item {
  int folder;
  std::string name;
  std::vector<std::byte> bytes;
};

std::vector<Item> load(const std::string& archive, const std::filesystem::path& root) {
  std::vector<Item> items;
  std::unordered_map<std::string, int> folders;
  rod::archive::ArchiveReader reader(archive);
  while (const auto entry = reader.next()) {
    if (entry->type != rod::archive::EntryType::kFile) continue;
    const std::filesystem::path path = root / entry->path;
    const auto [folder, is_new] = folders.try_emplace(path.parent_path().string(), -1);
    if (is_new) {
      std::filesystem::create_directories(path.parent_path());
      folder->second = ::open(folder->first.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (folder->second < 0) rod::throw_errno(folder->first, "open");
    }
    items.push_back(
        {folder->second, path.filename().string(), std::vector<std::byte>(entry->size)});
    reader.read(items.back().bytes);
  }
  return items;
}

void write(const Item& item) {
  rod::io::File file(
      ::openat(item.folder, item.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
      item.name);
  if (!file.is_open()) rod::throw_errno(item.name, "create");
  file.write_all(item.bytes);
  file.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::vector<Item> items = load(argv[1], argv[2]);
  const auto threads = std::size_t(std::atoi(argv[3]));
  const std::size_t turn =
      argc > 4 ? std::size_t(std::atoi(argv[4])) : (items.size() + threads - 1) / threads;
  std::atomic<std::size_t> next = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (std::size_t n = 0; n < threads; ++n) {
      workers.emplace_back([&] {
        for (std::size_t at = next.fetch_add(turn); at < items.size(); at = next.fetch_add(turn)) {
          for (std::size_t i = at; i < std::min(at + turn, items.size()); ++i) write(items[i]);
        }
      });
    }
  }
  fmt::print("{:.3f}\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}
