#include <array>

#include "shard/codec.h"

namespace rod::shard {

// A new codec is added to this table, and its file to CMakeLists.txt. Nothing else names them all.
extern const CodecEntry kJpegCodec;
constexpr std::array kCodecs = {
    Codec(kRawCodec),
    Codec(kZstdCodec),
    Codec(kJpegCodec),
};

std::span<const Codec> codecs() {
  return kCodecs;
}

}  // namespace rod::shard
