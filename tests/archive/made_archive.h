// Archives of every format and compression that is read, made by libarchive's writer.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <locale.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rod::archive {

// Regular files only. `format` and `filter` as archive_write_set_format_by_name() and
// archive_write_add_filter_by_name() know them ("" for no filter). The filter "store": a zip or 7z
// that does not compress.
inline void make_archive(const std::filesystem::path& path, const std::string& format,
                         const std::string& filter,
                         const std::vector<std::pair<std::string, std::string>>& files) {
  // Names are UTF-8, whatever the locale of the test.
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
  const locale_t before = ::uselocale(utf8);
  ::archive* const writer = archive_write_new();
  const auto check = [&](int result) {
    ASSERT_EQ(result, ARCHIVE_OK) << format << " " << filter << ": "
                                  << archive_error_string(writer);
  };
  check(archive_write_set_format_by_name(writer, format.c_str()));
  if (filter == "store") {
    check(archive_write_set_format_option(writer, nullptr, "compression", "store"));
  } else if (!filter.empty()) {
    check(archive_write_add_filter_by_name(writer, filter.c_str()));
  }
  check(archive_write_open_filename(writer, path.c_str()));
  for (const auto& [name, bytes] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1'600'000'000, 0);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    check(archive_write_header(writer, entry));
    ASSERT_EQ(archive_write_data(writer, bytes.data(), bytes.size()), la_ssize_t(bytes.size()));
    archive_entry_free(entry);
  }
  check(archive_write_close(writer));
  archive_write_free(writer);
  ::uselocale(before);
}

struct ArchiveKind {
  std::string format, filter;
};

inline const std::vector<ArchiveKind>& archive_kinds() {
  static const std::vector<ArchiveKind> all = {
      {"ustar", ""}, {"pax", ""},        {"gnutar", ""},    {"ustar", "gzip"}, {"pax", "bzip2"},
      {"pax", "xz"}, {"gnutar", "zstd"}, {"gnutar", "lz4"}, {"zip", ""},       {"7zip", ""}};
  return all;
}

}  // namespace rod::archive
