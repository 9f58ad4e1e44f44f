// Writes hostile tar archives, byte by byte, for the fault tests.
//
//   hostile_tar CLASS SEED COUNT FOLDER      CLASS: path, link, special, bomb, twin
//   hostile_tar many 0 COUNT -
//
// FOLDER/N.tar holds the file `first`, something hostile, and the file `last`. What it is stands in
// FOLDER/N.txt. The second form writes one archive of so many empty files to standard output.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/archive/tar_bytes.h"

namespace {

using rod::archive::TarBytes;

class Variants {
 public:
  explicit Variants(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return std::size_t(random_() % count); }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::string letters(std::size_t most) {
    std::string text(1 + below(most), ' ');
    for (char& letter : text) letter = static_cast<char>('a' + below(26));
    return text;
  }
  // "", "x/", "x/yy/", …
  std::string folders(std::size_t most) {
    std::string text;
    for (std::size_t n = below(most + 1); n > 0; --n) text += letters(8) + "/";
    return text;
  }
  // An entry under `name`, which is written in one of the ways that a tar has for it.
  void entry(TarBytes& tar, const std::string& name, char type, const std::string& data,
             const std::string& link = "", unsigned mode = 0644) {
    const std::size_t way = name.size() > 100 ? 1 + below(2) : below(3);
    if (way == 1) tar.gnu_long_name(name);
    if (way == 2) tar.pax({{"path", name}});
    tar.header(way == 0 ? name : letters(9), type, data.size(), link, mode).data(data);
  }

 private:
  std::mt19937_64 random_;
};

std::string add_path(Variants& v, TarBytes& tar) {
  std::string up = "../";
  for (std::size_t n = v.below(6); n > 0; --n) up += "../";
  const std::vector<std::string> names = {
      "/" + v.folders(2) + v.letters(9),
      "//" + v.letters(9),
      "/./" + v.letters(9),
      up + v.letters(9),
      "./" + up + v.letters(9),
      v.folders(3) + v.letters(4) + "/" + up + up + up + up + v.letters(9),
      v.folders(2) + v.letters(5) + "/..",
      "..",
      std::string(1, static_cast<char>('A' + v.below(26))) + ":/" + v.letters(9),
      std::string(1, static_cast<char>('a' + v.below(26))) + ":" + v.letters(9),
      "C:\\" + v.letters(9),
      "..\\" + v.letters(9),
      "\\\\" + v.letters(5) + "\\" + v.letters(5)};
  const std::string name = v.one_of(names);
  if (v.below(5) == 0) {
    v.entry(tar, name + "/", '5', "");
  } else {
    v.entry(tar, name, '0', "x");
  }
  return name;
}

std::string add_link(Variants& v, TarBytes& tar) {
  const std::string name = v.folders(2) + v.letters(9);
  const std::vector<std::string> targets = {"/etc/passwd",
                                            "/",
                                            "..",
                                            "../outside",
                                            ".",
                                            name,
                                            "/tmp/x",
                                            "first",
                                            "last",
                                            "/proc/self/root",
                                            std::string(300, 'x')};
  std::string target = v.one_of(targets);
  const char type = v.below(2) == 0 ? '1' : '2';
  // a hard link to an earlier file is a file
  if (type == '1' && target == "first") target = "last";
  if (v.below(3) == 0) {
    tar.pax({{"path", name}, {"linkpath", target}}).header(v.letters(9), type, 0, v.letters(5));
  } else {
    v.entry(tar, name, type, "", target);
  }
  switch (v.below(3)) {
    case 0:  // write through it
      v.entry(tar, name + "/outside", '0', "x");
      break;
    case 1:  // a chain
      v.entry(tar, v.letters(9), type, "", name);
      break;
    default:
      break;
  }
  return name;
}

std::string add_special(Variants& v, TarBytes& tar) {
  const std::string name = v.folders(2) + v.letters(9);
  v.entry(tar, name, v.one_of<char>({'3', '4', '6'}), "", "", unsigned(v.below(010000)));
  return name;
}

std::string add_bomb(Variants& v, TarBytes& tar) {
  switch (v.below(8)) {
    case 0:
      tar.sparse_file("giant", (30ull + v.below(2000)) << 30, 512, std::string(512, 'q'));
      return "a sparse giant";
    case 1:
      tar.header("giant", '0', (1ull << 34) + v.below(1 << 30));
      return "a size that the archive does not have";
    case 2: {
      const std::string name = "n" + std::string(2000 + v.below(63'000), 'n');
      v.entry(tar, name, '0', "x");
      return "a long name";
    }
    case 3: {
      std::string name;
      for (std::size_t n = 40 + v.below(2000); n > 0; --n) name += v.letters(1) + "/";
      v.entry(tar, name + "x", '0', "x");
      return "a deep tree";
    }
    case 4:
      tar.header("PaxHeaders/x", 'x', (64ull + v.below(4000)) << 20);
      return "a PAX header larger than memory";
    case 5:
      tar.pax({{"size", v.one_of<std::string>(
                            {"-1", "99999999999999999999", "9223372036854775807", "x", ""})}})
          .header("giant", '0', 1)
          .data("x");
      return "a PAX size that is none";
    case 6:
      tar.pax({{"GNU.sparse.major", "1"},
               {"GNU.sparse.minor", "0"},
               {"GNU.sparse.name", "giant"},
               {"GNU.sparse.realsize", std::to_string((50ull + v.below(1000)) << 30)}})
          .header("giant", '0', 512)
          .data("1\n0\n512\n");
      return "a PAX sparse giant";
    default:
      tar.header("././@LongLink", 'L', (1ull << 30) + v.below(1 << 30));
      return "a GNU name larger than memory";
  }
}

std::string add_twin(Variants& v, TarBytes& tar) {
  const std::string name = v.folders(2) + v.letters(9);
  std::string other = name;
  const auto two = [&](const std::string& a, const std::string& b) {
    v.entry(tar, a, '0', "x");
    v.entry(tar, b, '0', "y");
    return b;
  };
  switch (v.below(10)) {
    case 0:
      return two(name, name);
    case 1:
      return two(name, "./" + name);
    case 2: {
      char& letter = other[other.size() - 1 - v.below(other.size() - other.rfind('/') - 1)];
      letter = static_cast<char>(letter - 'a' + 'A');
      return two(name, other);
    }
    case 3:
      return two("d/" + name, "D/" + name + "2");
    case 4:
      return two(name + "\xC3\xA9", name + "e\xCC\x81");  // e with acute, composed and not
    case 5:
      return two(name + "\xC3\x89", name + "\xC3\xA9");  // in both cases
    case 6:
      return two(name, name + "/" + v.letters(4));  // a file as a folder
    case 7:
      return two(name + "/" + v.letters(4), name);
    case 8:
      other.insert(v.below(other.size() + 1), 1,
                   v.one_of<char>({'\n', '\r', '\t', '\x1B', '\x01', '\x7F', '\\'}));
      v.entry(tar, other, '0', "x");
      return "a control character or backslash";
    default:
      other.insert(v.below(other.size() + 1),
                   v.one_of<std::string>({"\xC2\x85", "\xE9", "\xC0\xAF", "\xED\xA0\x80"}));
      v.entry(tar, other, '0', "x");
      return "a C1 control character or bytes that are no UTF-8";
  }
}

void write_many(long count) {
  for (long n = 0; n < count; ++n) {
    const std::string header = TarBytes().file(std::to_string(n), "").unfinished();
    std::fwrite(header.data(), 1, header.size(), stdout);
  }
  const std::string end = TarBytes().finish();
  std::fwrite(end.data(), 1, end.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::pair<std::string, std::function<std::string(Variants&, TarBytes&)>>>
      classes = {{"path", add_path},
                 {"link", add_link},
                 {"special", add_special},
                 {"bomb", add_bomb},
                 {"twin", add_twin}};
  if (argc != 5) return 2;
  if (std::string(argv[1]) == "many") return write_many(std::atol(argv[3])), 0;
  for (const auto& [name, add] : classes) {
    if (name != argv[1]) continue;
    Variants variants(std::strtoull(argv[2], nullptr, 10));
    const std::filesystem::path folder = argv[4];
    for (int n = 0; n < std::atoi(argv[3]); ++n) {
      TarBytes tar;
      tar.file("first", "1");
      rod::archive::put_file(folder / (std::to_string(n) + ".txt"), add(variants, tar));
      rod::archive::put_file(folder / (std::to_string(n) + ".tar"), tar.file("last", "2").finish());
    }
    return 0;
  }
  return 2;
}
