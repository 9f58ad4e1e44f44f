// Safetensors files that must be refused: one row for each rule of the header.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace rod::shard::fixture {

struct HostileHeader {
  std::string name;  // of its golden file, refused-NAME.safetensors
  std::string json;
  std::size_t payload;  // bytes after the header
  std::string says;     // part of the message
};

inline void PrintTo(const HostileHeader& header, std::ostream* out) {
  std::string name = header.name;
  std::replace(name.begin(), name.end(), '-', '_');
  *out << name;
}

inline std::string safetensors_bytes(const std::string& json, std::size_t payload) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(std::uint64_t{json.size()} >> 8 * i);
  return bytes + json + std::string(payload, '\0');
}

inline std::vector<HostileHeader> hostile_headers() {
  const auto tensor = [](const char* dtype, const char* shape, const char* offsets) {
    return std::string(R"({"dtype":")") + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}";
  };
  const std::string one = tensor("U8", "[4]", "[0,4]");
  return {
      {"hole", R"({"a":)" + one + R"(,"b":)" + tensor("U8", "[2]", "[6,8]") + "}", 8,
       "hole or an overlap"},
      {"overlap", R"({"a":)" + one + R"(,"b":)" + tensor("U8", "[4]", "[2,6]") + "}", 6,
       "hole or an overlap"},
      {"late-start", R"({"a":)" + tensor("U8", "[4]", "[4,8]") + "}", 8, "hole or an overlap"},
      {"past-the-end", R"({"a":)" + one + "}", 3, "describes 4 payload bytes, but the file has 3"},
      {"trailing-bytes", R"({"a":)" + one + "}", 5,
       "describes 4 payload bytes, but the file has 5"},
      {"tensor-twice", R"({"a":)" + one + R"(,"a":)" + one + "}", 4, "names tensor 'a' twice"},
      {"metadata-twice", R"({"__metadata__":{},"__metadata__":{},"a":)" + one + "}", 4,
       "two __metadata__"},
      {"metadata-key-twice", R"({"__metadata__":{"k":"1","k":"2"},"a":)" + one + "}", 4,
       "metadata 'k' twice"},
      {"member-twice", R"({"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4,
       "'dtype' twice"},
      {"member-missing", R"({"a":{"dtype":"U8","shape":[4]}})", 4, "expected dtype, shape and two"},
      {"member-unknown", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}})", 4,
       "member 'x'"},
      {"dtype-unknown", R"({"a":)" + tensor("U7", "[4]", "[0,4]") + "}", 4, "dtype 'U7'"},
      {"size-mismatch", R"({"a":)" + tensor("U16", "[4]", "[0,4]") + "}", 4, "need 8 bytes"},
      {"size-overflow", R"({"a":)" + tensor("U8", "[4294967296,4294967296]", "[0,0]") + "}", 0,
       "overflows"},
      {"size-overflow-by-dtype", R"({"a":)" + tensor("I64", "[2305843009213693952]", "[0,0]") + "}",
       0, "overflows"},
      {"offsets-backwards", R"({"a":)" + tensor("U8", "[4]", "[4,0]") + "}", 4,
       "data_offsets say 4 to 0"},
      {"offsets-one", R"({"a":)" + tensor("U8", "[4]", "[4]") + "}", 4, "two data_offsets"},
      {"offsets-three", R"({"a":)" + tensor("U8", "[4]", "[0,4,4]") + "}", 4, "too long"},
      {"shape-negative", R"({"a":)" + tensor("U8", "[-4]", "[0,4]") + "}", 4, "a negative number"},
      {"shape-fraction", R"({"a":)" + tensor("U8", "[4.0]", "[0,4]") + "}", 4, "a fraction"},
      {"shape-text", R"({"a":)" + tensor("U8", "[\"4\"]", "[0,4]") + "}", 4, "a text"},
      {"shape-nested", R"({"a":)" + tensor("U8", "[[4]]", "[0,4]") + "}", 4, "a list"},
      {"number-too-large", R"({"a":)" + tensor("U8", "[18446744073709551616]", "[0,4]") + "}", 4,
       "a fraction"},
      {"metadata-number", R"({"__metadata__":{"k":1},"a":)" + one + "}", 4, "a number"},
      {"metadata-null", R"({"__metadata__":null,"a":)" + one + "}", 4, "null"},
      {"tensor-number", R"({"a":7})", 0, "a number"},
      {"list-at-the-top", R"([])", 0, "start with '{'"},
      {"space-first", R"( {"a":)" + one + "}", 4, "start with '{'"},
      {"cut", R"({"a":)" + one, 4, "not JSON at byte"},
      {"junk-after", R"({"a":)" + one + "}x", 4, "not JSON at byte"},
      {"nul-after", R"({"a":)" + one + std::string("}\0junk", 6), 4, "NUL"},
      {"not-utf8", "{\"\xff\":" + one + "}", 4, "not JSON at byte"},
      {"deep-objects",
       [] {
         std::string s;
         for (int i = 0; i < 50000; ++i) s += R"({"a":)";
         return s;
       }(),
       0, "member 'a'"},
      {"deep-lists", R"({"a":{"shape":)" + std::string(50000, '['), 0, "a list"},
      {"rank",
       R"({"a":)" +
           tensor("U8",
                  ("[" +
                   [] {
                     std::string s;
                     for (int i = 0; i < 64; ++i) s += "1,";
                     return s;
                   }() +
                   "1]")
                      .c_str(),
                  "[0,1]") +
           "}",
       1, "too long"},
  };
}

}  // namespace rod::shard::fixture
