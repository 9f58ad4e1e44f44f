// Writes messages in protobuf's wire format, field by field.
//
// The protobuf library is not used, because its version would have to match that of every supported
// LibTorch.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rod::trainer {

// Example: Message().real(1, wall_time).number(2, step).bytes(5, summary.text()).
class Message {
 public:
  Message& number(std::uint32_t field, std::uint64_t value) {  // int32, int64, bool, enum
    tag(field, 0);
    varint(value);
    return *this;
  }
  Message& real(std::uint32_t field, double value) {
    tag(field, 1);
    little_endian(bits_of<std::uint64_t>(value), 8);
    return *this;
  }
  Message& single(std::uint32_t field, float value) {
    tag(field, 5);
    little_endian(bits_of<std::uint32_t>(value), 4);
    return *this;
  }
  Message& bytes(std::uint32_t field, std::string_view value) {  // string, bytes, a message within
    tag(field, 2);
    varint(value.size());
    text_ += value;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  // As std::bit_cast, which the oldest C++ library that wheels are built with (GCC 10's) lacks.
  template <typename Bits, typename Value>
  static Bits bits_of(const Value& value) {
    static_assert(sizeof(Bits) == sizeof(Value));
    Bits bits;
    std::memcpy(&bits, &value, sizeof(bits));
    return bits;
  }
  void tag(std::uint32_t field, std::uint32_t type) { varint(field << 3 | type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }
  void little_endian(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> 8 * i);
  }

  std::string text_;
};

}  // namespace rod::trainer
