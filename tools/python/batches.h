// The loader for Python: the memory of a batch belongs to its arrays until the last of them is
// deleted.
#pragma once

#include <nanobind/nanobind.h>

namespace rod::python {

void bind_loader(nanobind::module_& module);

}  // namespace rod::python
