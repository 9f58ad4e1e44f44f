// What the tests of extract share.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "io/file.h"
#include "prepare/extract/extract.h"
#include "tests/archive/tar_bytes.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {

// A folder with an archive beside the destination, and beside both a file that nothing may touch.
class ExtractTest : public testing::Test {
 protected:
  ExtractTest() {
    options_.archive = folder_ / "a.tar";
    options_.destination = folder_ / "dest";
    options_.keep_free = 0;
    options_.jobs = 2;
    options_.quiet = true;
    archive::put_file(folder_ / "outside", "untouched");
  }
  ~ExtractTest() override { EXPECT_EQ(io::read_file(folder_ / "outside"), "untouched"); }

  ExtractReport run(const archive::TarBytes& tar) {
    archive::put_file(options_.archive, tar.finish());
    return extract(options_);
  }

  // The kind of error that extract ends with; its text is in message_.
  ErrorKind kind_of_error(const std::string& bytes) {
    archive::put_file(options_.archive, bytes);
    return kind_of_error();
  }
  ErrorKind kind_of_error() {
    try {
      extract(options_);
    } catch (const Error& error) {
      message_ = error.what();
      return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorKind::kFailed;
  }

  // Every path below the destination with its content ("/" for a folder, "?" for anything else).
  std::map<std::string, std::string> tree() const {
    std::map<std::string, std::string> found;
    if (!std::filesystem::exists(options_.destination)) return found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.destination)) {
      const std::string path = entry.path().lexically_relative(options_.destination).string();
      found[path] = entry.is_symlink()        ? "?"
                    : entry.is_directory()    ? "/"
                    : entry.is_regular_file() ? io::read_file(entry.path())
                                              : "?";
    }
    return found;
  }

  using Tree = std::map<std::string, std::string>;

  TemporaryFolder folder_;
  ExtractOptions options_;
  std::string message_;
};

}  // namespace rod::prepare
