// JPEG: the structure by jpeg_structure.cc, the pixels by libjpeg-turbo.
#include <fmt/format.h>

#include <algorithm>
#include <csetjmp>
#include <new>
#include <vector>

// clang-format off
#include <cstdio>  // jpeglib.h needs it first
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "image/image_format.h"
#include "image/image_structure.h"

namespace rod::image {
namespace {

// libjpeg reports faults by a function that must not return: it jumps to where setjmp was called.
struct LibjpegFailure {
  jpeg_error_mgr manager{};  // first, as libjpeg hands out its address
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = "";
  const JOCTET* begin = nullptr;  // of the file
};

[[noreturn]] void libjpeg_fails(j_common_ptr jpeg) {
  auto* const failure = reinterpret_cast<LibjpegFailure*>(jpeg->err);
  failure->manager.format_message(jpeg, failure->text);
  std::longjmp(failure->jump, 1);
}

// Whether the warning is of a JFIF version that libjpeg does not know, or of padding before EOI:
// one byte value, repeated. Other bytes there are pixels that a damaged code before them has lost.
bool changes_no_pixel(j_common_ptr jpeg) {
  constexpr int kEndOfImageCode = 0xD9;
  const jpeg_error_mgr& says = *jpeg->err;
  if (says.msg_code == JWRN_JFIF_MAJOR) return true;
  if (says.msg_code != JWRN_EXTRANEOUS_DATA || says.msg_parm.i[1] != kEndOfImageCode) return false;
  // The bytes that were skipped end where libjpeg reads on.
  const JOCTET* const end = reinterpret_cast<j_decompress_ptr>(jpeg)->src->next_input_byte;
  const JOCTET* const begin = reinterpret_cast<const LibjpegFailure*>(jpeg->err)->begin;
  const auto skipped = says.msg_parm.i[0];
  if (skipped < 1 || skipped > end - begin) return false;
  return std::all_of(end - skipped, end, [end](JOCTET byte) { return byte == end[-1]; });
}

void libjpeg_says(j_common_ptr jpeg, int level) {
  if (level < 0 && !changes_no_pixel(jpeg)) libjpeg_fails(jpeg);  // a warning; above are traces
}

struct JpegReader {
  jpeg_decompress_struct jpeg{};
  LibjpegFailure failure;

  JpegReader() {
    jpeg.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = libjpeg_fails;
    failure.manager.emit_message = libjpeg_says;
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
};

// False with the words in the reader's failure. Owns nothing, as a jump runs no destructor.
bool read_rows(JpegReader& reader, std::span<const std::byte> data, JSAMPARRAY rows,
               JDIMENSION height, JDIMENSION width) {
  if (setjmp(reader.failure.jump) != 0) return false;
  jpeg_decompress_struct* const jpeg = &reader.jpeg;
  jpeg_create_decompress(jpeg);
  jpeg_mem_src(jpeg, reinterpret_cast<const unsigned char*>(data.data()), data.size());
  reader.failure.begin = reinterpret_cast<const JOCTET*>(data.data());
  jpeg_read_header(jpeg, TRUE);
  jpeg->out_color_space = JCS_RGB;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg_start_decompress(jpeg);
  if (jpeg->output_height != height || jpeg->output_width != width) {
    std::snprintf(reader.failure.text, sizeof reader.failure.text, "it has %ux%u pixels",
                  jpeg->output_width, jpeg->output_height);
    return false;
  }
  while (jpeg->output_scanline < height) {
    jpeg_read_scanlines(jpeg, rows + jpeg->output_scanline, height - jpeg->output_scanline);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

std::variant<ImageHeader, Reject> check_jpeg_file(std::span<const std::byte> data) {
  const auto checked = check_jpeg(data);
  if (const auto* reject = std::get_if<Reject>(&checked)) return *reject;
  const auto& jpeg = std::get<JpegStructure>(checked);
  return ImageHeader{jpeg.width, jpeg.height, 8, jpeg.components, {}};
}

// Returns 8-bit RGB [H,W,3]; grey is expanded, EXIF ignored. Data that libjpeg-turbo warns about,
// such as invalid codes or an early end, is refused, because it would guess pixels. Two warnings
// that change no pixel are accepted: a JFIF version other than 1 (2.01 occurs), and padding before
// the EOI marker, one byte value repeated.
Decoded decode_jpeg_file(std::span<const std::byte> data, const ImageHeader& header,
                         const DecodeOptions&) {
  Image image(header.height, header.width, 3, 1);
  std::vector<JSAMPROW> rows = image.rows();
  JpegReader reader;
  if (!read_rows(reader, data, rows.data(), header.height, header.width)) {
    if (reader.failure.manager.msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    return Reject{fmt::format("JPEG is damaged: {}", reader.failure.text)};
  }
  return image;
}

}  // namespace

extern const ImageFormat kJpegFormat = {"JPEG", looks_like_jpeg, check_jpeg_file, decode_jpeg_file};

}  // namespace rod::image
