// Embeds text and pictures in a self-contained page.
#pragma once

#include <string>
#include <string_view>

#include "trainer/pictures/png.h"

namespace rod::trainer {

// Escapes text for element content and quoted attributes. Names from a data set may contain
// anything.

std::string escape_html(std::string_view text);

std::string base64(std::string_view bytes);

// "data:image/png;base64,…"
std::string data_url(const Picture& picture);

}  // namespace rod::trainer
