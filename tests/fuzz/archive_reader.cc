// Any bytes are an archive whose entries make sense, bad input, or more than a limit allows; from a
// file and, if it is a plain tar, from each entry's place.
#include "archive/archive_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "archive/safe_path.h"
#include "base/error.h"

namespace {

constexpr int kMostEntries = 200;
constexpr std::size_t kMostBytes = 1 << 20;  // of one entry

void read_all(const std::string& path, std::uint64_t start) {
  rod::archive::ArchiveReader reader(path, {.start = start});
  std::vector<std::byte> bytes(kMostBytes);
  for (int n = 0; n < kMostEntries; ++n) {
    const auto entry = reader.next();
    if (!entry) return;
    rod::archive::why_unsafe(rod::archive::normal_path(entry->path));
    if (entry->position < start) std::abort();
    if (entry->data_offset && *entry->data_offset > reader.source_bytes()) std::abort();
    const std::size_t got = reader.read(bytes);
    if (got > bytes.size() || (entry->size_known && got > entry->size)) std::abort();
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Nearly every change of a tar's header would end at its checksum: it is put right again.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 8 == 0) return size;
  for (std::size_t at = 0; at + 512 <= size; at += 512) {
    std::uint8_t* const block = data + at;
    if (std::memcmp(block + 257, "ustar", 5) != 0) continue;
    std::memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (std::size_t n = 0; n < 512; ++n) sum += block[n];
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    std::memcpy(block + 148, text, 7);
  }
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  for (const std::uint64_t start : {0, 512, 1024}) {
    try {
      read_all(path, start);
    } catch (const rod::Error& error) {
      if (error.kind() != rod::ErrorKind::kBadInput && error.kind() != rod::ErrorKind::kNoRoom)
        std::abort();
    } catch (const std::bad_alloc&) {
    }
  }
  ::close(fd);
  return 0;
}
