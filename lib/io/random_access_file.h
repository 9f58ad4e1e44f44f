// Where the bytes of a shard come from: a file, a copy of it elsewhere, memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace rod {

struct ShardInfo;

// Any thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual const std::string& path() const = 0;  // for messages
  virtual std::uint64_t size() const = 0;       // bytes, when it was opened

  // As File::read_some: fewer than asked for only at the end. Errors: throw_errno, and those of the source.
  virtual std::size_t read_some(std::span<std::byte> out, std::uint64_t offset) const = 0;

  // Says that these bytes will be read soon; returns at once.
  virtual void will_need([[maybe_unused]] std::uint64_t offset,
                         [[maybe_unused]] std::uint64_t bytes) const {}

  // Errors: BadInput naming a file that has become shorter since it was opened. For who has the bytes elsewhere and
  // would not notice.
  virtual void check_whole() const {}

  // Fills `out`. Errors: BadInput when there are fewer bytes.
  void read_exactly(std::span<std::byte> out, std::uint64_t offset) const;
};

// Makes the source of one of a data set's shards.
using ShardOpener = std::function<std::unique_ptr<ByteSource>(const std::filesystem::path& dataset,
                                                              const ShardInfo& shard)>;

// By pread: a file that shrinks or goes away is an error, never a SIGBUS. Errors: throw_errno.
std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path);

}  // namespace rod
