// Names of splits as the command line gives them and as files suggest them.
#pragma once

#include <string>
#include <string_view>

namespace rod::dataset {

// A split's name is its folder in the data set. Throws Error(kUsage) for a name that is no plain
// folder name.
void check_split_name_option(const std::string& name);

// `text` with `-` for what a split's name may not hold.
std::string split_name_from(std::string_view text);

}  // namespace rod::dataset
