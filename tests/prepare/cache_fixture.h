// A generated source on disk, a place for data sets made of it, and ways to spoil both.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "prepare/cache/cache.h"
#include "tests/prepare/small_source.h"
#include "tests/temporary_folder.h"

namespace rod::prepare {

class CacheFixture : public ::testing::Test {
 protected:
  CacheOptions options_for(const std::string& destination) const {
    CacheOptions options;
    options.source = folder_ / "source";
    options.destination = folder_ / destination;
    options.size = 16;
    options.shard_bytes = 4 * 2 * 16 * 16 * 3;  // four pairs
    options.jobs = 2;
    options.quiet = true;
    return options;
  }

  void write_source() { source_.write_folder(folder_ / "source"); }

  // What a cut-off download leaves: half of a file.
  void damage(const std::string& path) {
    auto& bytes = source_.files().at(path);
    bytes.resize(bytes.size() / 2);
  }

  // Runs into the damaged depth image of ROD's last pair, when eleven pairs make three shards.
  void interrupt(const std::string& destination) {
    damage(SmallSource::rod_depth(10));
    write_source();
    EXPECT_THROW(cache(options_for(destination)), BadInput);
  }

  static Error error_of(const CacheOptions& options) {
    try {
      cache(options);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorKind::kFailed, "");
  }

  static bool says(const Error& error, const std::string& text) {
    return std::string(error.what()).find(text) != std::string::npos;
  }

  TemporaryFolder folder_;
  SmallSource source_;
};

}  // namespace rod::prepare
