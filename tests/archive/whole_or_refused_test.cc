// The property behind Note [Whole or refused]: whatever one bit or one cut does to an archive, it
// reads as it was, or is refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_index.h"
#include "archive/archive_reader.h"
#include "base/error.h"
#include "io/file.h"
#include "tests/archive/made_archive.h"
#include "tests/archive/tar_bytes.h"

namespace rod::archive {
namespace {

using Tree = std::map<std::string, std::string>;

struct Reading {
  Tree tree;
  bool warned = false;
};

// As extract reads a small entry: the bytes that its header claims, then one more.
std::string read_claimed(ArchiveReader& reader, std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::byte beyond[1];
  if (reader.read(bytes) != size || reader.read(beyond) != 0) throw BadInput("another size");
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// Nothing where the archive is refused.
std::optional<Reading> read_archive(const std::filesystem::path& path,
                                    const ArchiveOptions& options = {}) {
  try {
    ArchiveReader reader(path, options);
    Reading reading;
    std::vector<std::byte> piece(1 << 16);
    while (const auto entry = reader.next()) {
      // None of the archives has any; `extract --skip-links` leaves them out.
      if (entry->type == EntryType::kSymlink || entry->type == EntryType::kSpecial) continue;
      std::string& content = reading.tree[entry->path];
      content = std::string(entry_type_name(entry->type)) + " ";
      if (entry->type != EntryType::kFile) continue;
      if (entry->size_known && entry->size <= piece.size()) {
        content += read_claimed(reader, static_cast<std::size_t>(entry->size));
        continue;
      }
      while (const std::size_t got = reader.read(piece))
        content.append(reinterpret_cast<const char*>(piece.data()), got);
    }
    reading.warned = !reader.warnings().empty();
    return reading;
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kBadInput || error.kind() == ErrorKind::kNoRoom)
        << error.what();
    EXPECT_EQ(std::string(error.what()).find("18446744"), std::string::npos) << error.what();
    return std::nullopt;
  }
}

std::optional<Reading> read_from_pipe(const std::filesystem::path& path) {
  const int input = ::dup(STDIN_FILENO), file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ::dup2(file, STDIN_FILENO);
  auto reading = read_archive("-");
  ::dup2(input, STDIN_FILENO);
  ::close(input);
  ::close(file);
  return reading;
}

// As `cache` reads it.
std::optional<Reading> read_index(const std::filesystem::path& path) {
  try {
    const ArchiveIndex index(path);
    Reading reading;
    std::vector<std::byte> bytes;
    for (const std::string_view name : index.files()) {
      index.read(*index.find(name), bytes);
      reading.tree[std::string(name)].assign(reinterpret_cast<const char*>(bytes.data()),
                                             bytes.size());
    }
    reading.warned = !index.warnings().empty();
    return reading;
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kBadInput || error.kind() == ErrorKind::kNoRoom)
        << error.what();
    return std::nullopt;
  }
}

std::vector<std::pair<std::string, std::string>> some_files() {
  return {{"a", "first"},
          {"d/b", std::string(700, 'b') + "middle" + std::string(100, 'c')},
          {"d/empty", ""},
          {"z", "the last one"}};
}

std::string tar_bytes() {
  TarBytes tar;
  for (const auto& [name, bytes] : some_files()) tar.file(name, bytes);
  return tar.finish();
}

std::string with_zstd(const std::string& bytes) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size()));
  ZSTD_freeCCtx(context);
  return packed;
}

class WholeOrRefused : public testing::TestWithParam<ArchiveKind> {
 protected:
  void SetUp() override {
    const ArchiveKind& kind = GetParam();
    if (kind.format == "ustar" && kind.filter.empty()) {
      bytes_ = tar_bytes();
    } else if (kind.filter == "zstd") {  // libarchive writes no checksum
      bytes_ = with_zstd(tar_bytes());
    } else {
      make_archive(path_, kind.format, kind.filter, some_files());
      bytes_ = io::read_file(path_);
    }
    put_file(path_, bytes_);
    const auto whole = read_archive(path_);
    ASSERT_TRUE(whole);
    whole_ = whole->tree;
    EXPECT_EQ(whole_.size(), 4u);
  }

  bool is_plain_tar() const { return GetParam().format == "ustar" && GetParam().filter.empty(); }

  // Bytes of a plain tar that no checksum covers.
  bool is_tar_content(std::size_t at) const {
    std::size_t begin = 0;
    for (const auto& [name, content] : some_files()) {
      begin += 512;
      if (at >= begin && at < begin + (content.size() + 511) / 512 * 512) return true;
      begin += (content.size() + 511) / 512 * 512;
    }
    return false;
  }

  // Calls `check` for each bit that counts; in the short form for some of them.
  template <typename Check>
  void for_each_flip(std::size_t short_tries, const Check& check) {
    const std::size_t bits = bytes_.size() * 8,
                      step = is_long() ? 1 : std::max<std::size_t>(bits / short_tries, 1) | 1;
    std::size_t tries = 0, accepted = 0;
    for (std::size_t bit = is_long() ? 0 : step / 2; bit < bits; bit += step) {
      if (is_plain_tar() && is_tar_content(bit / 8)) continue;
      std::string damaged = bytes_;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
      put_file(path_, damaged);
      ++tries;
      accepted += check(bit) ? 1 : 0;
    }
    std::printf("%zu flipped bits of %zu: %zu refused, %zu read as before\n", tries, bits,
                tries - accepted, accepted);
    EXPECT_LT(accepted, tries);
  }
  template <typename Check>
  void for_each_cut(std::size_t short_tries, const Check& check) {
    const std::size_t step = is_long() ? 1 : std::max<std::size_t>(bytes_.size() / short_tries, 1);
    std::size_t tries = 0, accepted = 0;
    for (std::size_t cut = 0; cut < bytes_.size(); cut += step) {
      put_file(path_, bytes_.substr(0, cut));
      ++tries;
      accepted += check(cut) ? 1 : 0;
    }
    std::printf("%zu cuts: %zu refused, %zu read as before\n", tries, tries - accepted, accepted);
  }

  static bool is_long() {
    const char* const setting = std::getenv("ROD_LONG");
    return setting != nullptr && setting[0] == '1';
  }

  // In memory: it is written again for each try.
  const io::File archive_{::memfd_create("archive", MFD_CLOEXEC), "archive"};
  const std::filesystem::path path_ = "/proc/self/fd/" + std::to_string(archive_.fd());
  std::string bytes_;
  Tree whole_;
};

TEST_P(WholeOrRefused, WithAnyBitFlipped) {
  for_each_flip(800, [&](std::size_t bit) {
    const auto reading = read_archive(path_);
    if (reading) {
      EXPECT_EQ(reading->tree, whole_) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
    return reading.has_value();
  });
}

TEST_P(WholeOrRefused, WithAnyBitFlippedInAPipe) {
  for_each_flip(300, [&](std::size_t bit) {
    const auto reading = read_from_pipe(path_);
    if (reading) {
      EXPECT_EQ(reading->tree, whole_) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
    return reading.has_value();
  });
}

// A tar that is cut where an entry ends can't be told from one that has no mark: that is warned of.
TEST_P(WholeOrRefused, CutAnywhere) {
  for (const bool pipe : {false, true}) {
    for_each_cut(200, [&](std::size_t cut) {
      const auto reading = pipe ? read_from_pipe(path_) : read_archive(path_);
      if (reading && !(is_plain_tar() && reading->warned)) {
        EXPECT_EQ(reading->tree, whole_) << cut;
      }
      return reading.has_value();
    });
  }
}

TEST_P(WholeOrRefused, AsCacheReadsIt) {
  const Tree whole = read_index(path_)->tree;
  EXPECT_EQ(whole.size(), 4u);
  for_each_flip(800, [&](std::size_t bit) {
    const auto reading = read_index(path_);
    if (reading) {
      EXPECT_EQ(reading->tree, whole) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
    return reading.has_value();
  });
  for_each_cut(200, [&](std::size_t cut) {
    const auto reading = read_index(path_);
    if (reading && !reading->warned) {
      EXPECT_EQ(reading->tree, whole) << cut;
    }
    return reading.has_value();
  });
}

// As `extract --verify` reads a .tar.gz: by another reader of gzip than extraction's.
TEST_P(WholeOrRefused, AsVerifyReadsIt) {
  if (GetParam().filter != "gzip") GTEST_SKIP() << "the route is the same";
  const auto read = [&] { return read_archive(path_, {.gzip_by_zlib = true}); };
  EXPECT_EQ(read()->tree, whole_);
  for_each_flip(800, [&](std::size_t bit) {
    const auto reading = read();
    if (reading) {
      EXPECT_EQ(reading->tree, whole_) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
    return reading.has_value();
  });
  for_each_cut(200, [&](std::size_t) { return read().has_value(); });
  for (const bool by_zlib : {false, true}) {  // several members, padding, and what is neither
    const auto accepts = [&](const std::string& bytes) {
      put_file(path_, bytes);
      return read_archive(path_, {.gzip_by_zlib = by_zlib}).has_value();
    };
    make_archive(path_, "ustar", "gzip", {});
    const std::string zeros = io::read_file(path_);
    EXPECT_TRUE(accepts(bytes_ + zeros));
    EXPECT_TRUE(accepts(bytes_ + std::string(700, '\0')));
    EXPECT_FALSE(accepts(bytes_ + std::string(700, '\0') + bytes_));
    EXPECT_FALSE(accepts(bytes_ + "words"));
    EXPECT_FALSE(accepts(bytes_ + zeros.substr(0, zeros.size() - 1)));
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, WholeOrRefused,
                         testing::Values(ArchiveKind{"ustar", ""}, ArchiveKind{"ustar", "gzip"},
                                         ArchiveKind{"ustar", "bzip2"}, ArchiveKind{"ustar", "xz"},
                                         ArchiveKind{"ustar", "zstd"}, ArchiveKind{"ustar", "lz4"},
                                         ArchiveKind{"zip", ""}, ArchiveKind{"zip", "store"},
                                         ArchiveKind{"7zip", ""}, ArchiveKind{"7zip", "store"}),
                         [](const auto& kind) { return kind.param.format + kind.param.filter; });

}  // namespace
}  // namespace rod::archive
