// How libpng says that it gives up: it jumps, and the words stay here. A function that calls setjmp
// for it must own nothing that has a destructor. Source: libpng-manual.txt, "Error handling".
#pragma once

#include <png.h>

#include <cstdio>

namespace rod::image {

struct LibpngFailure {
  char text[128] = "";
};

// For png_create_read_struct and png_create_write_struct, behind a LibpngFailure*.
inline void libpng_fails(png_structp png, png_const_charp message) {
  auto& failure = *static_cast<LibpngFailure*>(png_get_error_ptr(png));
  std::snprintf(failure.text, sizeof failure.text, "%s", message);
  png_longjmp(png, 1);
}
inline void libpng_warns(png_structp, png_const_charp) {}  // it would print

}  // namespace rod::image
