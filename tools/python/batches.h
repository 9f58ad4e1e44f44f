// The loader as Python uses it: batches whose memory is Python's until its last array is gone.
#pragma once

#include <nanobind/nanobind.h>

namespace rod::python {

void bind_loader(nanobind::module_& module);

}  // namespace rod::python
