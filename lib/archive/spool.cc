#include "archive/spool.h"

#include <fmt/format.h>

#include <vector>

namespace rod::archive {

io::File spool(BufferedStream& in, const io::SpoolOptions& options, const std::string& shown) {
  constexpr std::size_t kPiece = 1 << 20;
  io::Spool kept(
      options,
      fmt::format("{}: has its list of entries at its end, and to keep it until then", shown),
      "save it and give its path");
  std::vector<std::byte> piece(kPiece);
  while (const std::size_t got = in.read(piece)) kept.append(std::span(piece).first(got));
  return kept.take();
}

}  // namespace rod::archive
