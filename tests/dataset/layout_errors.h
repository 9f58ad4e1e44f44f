// What recognise() has against a tree.
#pragma once

#include <string>

#include "base/error.h"
#include "dataset/layout.h"

namespace rod::dataset {

// "": nothing.
inline std::string error_of(const Tree& tree, const LayoutOptions& options = {}) {
  try {
    recognise(tree, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace rod::dataset
