// Error handling for libpng, which reports errors with longjmp. Requires: a function that calls
// setjmp for it has no local objects with destructors. Source: libpng-manual.txt, "Error handling".
#pragma once

#include <png.h>

#include <cstdio>

namespace rod::image {

struct LibpngFailure {
  char text[128] = "";
};

// Error callback for png_create_read_struct and png_create_write_struct; the error pointer must be
// a LibpngFailure*.
inline void libpng_fails(png_structp png, png_const_charp message) {
  auto& failure = *static_cast<LibpngFailure*>(png_get_error_ptr(png));
  std::snprintf(failure.text, sizeof failure.text, "%s", message);
  png_longjmp(png, 1);
}
inline void libpng_warns(png_structp, png_const_charp) {}  // by default it would print

}  // namespace rod::image
