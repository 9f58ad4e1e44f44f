// The text of a list, whatever program has saved it.
#pragma once

#include <string>
#include <string_view>

namespace rod::dataset {

// UTF-8 without a mark at the front: UTF-16 with its mark is converted, lines that end with a
// carriage return alone get line feeds. Errors: BadInput "LIST:LINE: …" (line from 1) for any other
// encoding, with what to save it as.
std::string list_text(std::string_view bytes, const std::string& name);

}  // namespace rod::dataset
