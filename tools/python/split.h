// A split as Python holds it: shared with the loaders that read it, and closable.
#pragma once

#include <memory>
#include <string>

#include "shard/split_reader.h"

namespace rod::python {

class Split {
 public:
  Split(const std::string& dataset, const std::string& name);

  // The open split. Errors: Error(kUsage) once it is closed. Call it with the GIL held: close() may
  // run in another thread, whose effect is on later calls.
  std::shared_ptr<const shard::SplitReader> reader() const;
  void close() { reader_.reset(); }

 private:
  std::string name_;
  std::shared_ptr<const shard::SplitReader> reader_;
};

}  // namespace rod::python
