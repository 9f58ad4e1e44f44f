// Text and pictures as parts of a page that needs no other file.
#pragma once

#include <string>
#include <string_view>

#include "trainer/pictures/png.h"

namespace rod::trainer {

// For element content and quoted attributes: names come from the data set and may hold anything.

std::string escape_html(std::string_view text);

std::string base64(std::string_view bytes);

// "data:image/png;base64,…"
std::string data_url(const Picture& picture);

}  // namespace rod::trainer
