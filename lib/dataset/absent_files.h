// Samples whose images the tree does not hold.
#pragma once

#include "dataset/layout.h"

namespace rod::dataset {

// Errors: BadInput naming list, line and the first of the split's absent images, with their number.
void refuse_absent_files(const Tree& tree, const Split& split);

}  // namespace rod::dataset
