#include "dataset/file_kind.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "dataset/name_pattern.h"

namespace rod::dataset {
namespace {

struct Extension {
  std::string_view text, format;
};

constexpr Extension kFormats[] = {
    {".png", "PNG"},     {".jpg", "JPEG"},      {".jpeg", "JPEG"},     {".webp", "WebP"},
    {".tif", "TIFF"},    {".tiff", "TIFF"},     {".bmp", "BMP"},       {".npy", "NPY"},
    {".gif", "GIF"},     {".avif", "AVIF"},     {".heic", "HEIC"},     {".heif", "HEIC"},
    {".exr", "EXR"},     {".jp2", "JPEG 2000"}, {".j2k", "JPEG 2000"}, {".jpe", "JPEG"},
    {".jfif", "JPEG"},   {".jxl", "JPEG XL"},   {".pgm", "PGM"},       {".ppm", "PPM"},
    {".pnm", "PNM"},     {".pfm", "PFM"},       {".hdr", "HDR"},       {".tga", "TGA"},
    {".npz", "NPZ"},     {".dng", "DNG"},       {".jpf", "JPEG 2000"}, {".jpx", "JPEG 2000"},
    {".raw", "RAW"},     {".cr2", "RAW"},       {".cr3", "RAW"},       {".nef", "RAW"},
    {".arw", "RAW"},     {".orf", "RAW"},       {".rw2", "RAW"},       {".dcm", "DICOM"},
    {".jxr", "JPEG XR"}, {".wdp", "JPEG XR"},   {".pbm", "PBM"},       {".ras", "Sun raster"},
    {".pcx", "PCX"},     {".psd", "PSD"},       {".svg", "SVG"},       {".ico", "ICO"},
};

constexpr std::string_view kArchives[] = {".tar", ".tgz", ".gz",  ".zip", ".7z",
                                          ".bz2", ".xz",  ".zst", ".rar", ".lz4"};

constexpr std::string_view kTexts[] = {".txt", ".md",  ".csv", ".tsv",  ".json", ".yaml",
                                       ".yml", ".xml", ".pdf", ".html", ".rst",  ".toml"};

constexpr std::string_view kLitterNames[] = {"thumbs.db",
                                             "ehthumbs.db",
                                             "desktop.ini",
                                             "__macosx",
                                             "@eadir",
                                             "$recycle.bin",
                                             "system volume information",
                                             "lost+found"};

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

bool is_litter(std::string_view path) {
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const std::string component = lower(path.substr(at, end - at));
    if (component.starts_with('.') || std::find(std::begin(kLitterNames), std::end(kLitterNames),
                                                component) != std::end(kLitterNames))
      return true;
    at = end + 1;
  }
  return false;
}

std::string extension_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? "" : lower(name.substr(dot));
}

template <typename Names>
bool holds(const Names& names, const std::string& text) {
  return std::find(std::begin(names), std::end(names), text) != std::end(names);
}

}  // namespace

std::string_view image_format_name(std::string_view path) {
  const std::string extension = extension_of(path);
  for (const Extension& format : kFormats) {
    if (extension == format.text) return format.format;
  }
  return "";
}

FileKind file_kind(std::string_view path) {
  if (is_litter(path)) return FileKind::kLitter;
  if (image_extension(path) > 0) return FileKind::kImage;
  if (!image_format_name(path).empty()) return FileKind::kUnknownImage;
  const std::string extension = extension_of(path);
  if (holds(kArchives, extension)) return FileKind::kArchive;
  if (holds(kTexts, extension)) return FileKind::kText;
  return FileKind::kOther;
}

}  // namespace rod::dataset
