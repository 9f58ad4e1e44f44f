// A split for Python, shared with the loaders that read it, which can be closed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "io/data_folder.h"
#include "shard/split_reader.h"

namespace rod::python {

// Opens a folder, or an address, whose failures are retried for a minute.
io::DataFolder open_folder(const std::string& dataset);

class Split {
 public:
  Split(const std::string& dataset, const std::string& name);

  // Returns the open split. Throws Error(kUsage) after close(). A fork's child reopens a split at
  // an address, because threads of the parent may have held its connections' mutexes; then throws
  // what opening throws, and BadInput if the data set has changed. Requires: the GIL is held;
  // another thread may call close(), which affects later calls.
  std::shared_ptr<const shard::SplitReader> reader() const;
  void close() { reader_.reset(); }

 private:
  std::shared_ptr<const shard::SplitReader> open(std::string& fingerprint) const;

  const std::string dataset_, name_;
  std::string fingerprint_;
  mutable pid_t process_;
  mutable std::shared_ptr<const shard::SplitReader> reader_;
};

}  // namespace rod::python
