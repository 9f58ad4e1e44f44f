#include <sys/stat.h>

#include <algorithm>

#include "prepare/source.h"
#include "tests/prepare/extract_cases.h"

namespace rod::prepare {
namespace {

// One archive per way to do harm: a good file, the harmful entry, another good file.
struct Attack {
  const char* name;
  std::function<void(archive::TarBytes&)> add;
  bool link_or_special = false;
};

const std::string kDeep = [] {
  std::string path = "a";
  for (int i = 0; i < 40; ++i) path += "/a";
  return path;
}();

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> all = {
      {"absolute path", [](archive::TarBytes& t) { t.file("/tmp/rod-extract-escaped", "x"); }},
      {"parent", [](archive::TarBytes& t) { t.file("../outside", "x"); }},
      {"parent inside", [](archive::TarBytes& t) { t.file("d/../../outside", "x"); }},
      {"parent at the end", [](archive::TarBytes& t) { t.folder("d/.."); }},
      {"drive letter", [](archive::TarBytes& t) { t.file("C:/x", "x"); }},
      {"backslash", [](archive::TarBytes& t) { t.file("..\\outside", "x"); }},
      {"newline", [](archive::TarBytes& t) { t.file("a\nb", "x"); }},
      {"escape sequence", [](archive::TarBytes& t) { t.file("a\x1B]0;b", "x"); }},
      {"no UTF-8", [](archive::TarBytes& t) { t.file("caf\xE9", "x"); }},
      {"deep tree", [](archive::TarBytes& t) { t.file(kDeep, "x"); }},
      {"long name",
       [](archive::TarBytes& t) { t.gnu_long_name(std::string(65'000, 'n')).file("n", "x"); }},
      {"long PAX name",
       [](archive::TarBytes& t) {
         t.pax({{"path", std::string(65'000, 'n')}}).file("n", "x");
       }},
      {"PAX path",
       [](archive::TarBytes& t) {
         t.pax({{"path", "../outside"}}).file("harmless", "x");
       }},
      {"duplicate", [](archive::TarBytes& t) { t.file("first", "again"); }},
      {"case twin", [](archive::TarBytes& t) { t.file("First", "x"); }},
      {"case twin of a folder", [](archive::TarBytes& t) { t.file("d/x", "x").file("D/y", "y"); }},
      {"Unicode twin",
       [](archive::TarBytes& t) { t.file("caf\xC3\xA9", "x").file("cafe\xCC\x81", "y"); }},
      {"file as folder", [](archive::TarBytes& t) { t.file("first/x", "x"); }},
      {"folder as file", [](archive::TarBytes& t) { t.file("d/x", "x").file("d", "y"); }},
      {"own state folder", [](archive::TarBytes& t) { t.file(".rodprep-extract/journal", "x"); }},
      {"symbolic link", [](archive::TarBytes& t) { t.link('2', "l", "/etc/passwd"); }, true},
      {"symbolic link and through it",
       [](archive::TarBytes& t) { t.link('2', "l", "..").file("l/outside", "x"); }, true},
      {"hard link", [](archive::TarBytes& t) { t.link('1', "l", "../outside"); }, true},
      {"FIFO", [](archive::TarBytes& t) { t.header("p", '6', 0); }, true},
      {"character device", [](archive::TarBytes& t) { t.header("c", '3', 0); }, true},
      {"block device", [](archive::TarBytes& t) { t.header("b", '4', 0); }, true},
  };
  return all;
}

archive::TarBytes archive_with(const Attack& attack) {
  archive::TarBytes tar;
  tar.file("first", "1");
  attack.add(tar);
  return tar.file("last", "2");
}

TEST_F(ExtractTest, RefusesEveryAttackByNameAndKeepsWhatCameBefore) {
  for (const Attack& attack : attacks()) {
    options_.destination = folder_ / attack.name;
    EXPECT_EQ(kind_of_error(archive_with(attack).finish()), ErrorKind::kBadInput) << attack.name;
    EXPECT_NE(message_.find("is refused"), std::string::npos) << attack.name << ": " << message_;
    const Tree found = tree();
    EXPECT_EQ(found.count("first"), 1u) << attack.name;
    EXPECT_EQ(found.count("last"), 0u) << attack.name;
    for (const auto& [path, content] : found)
      EXPECT_NE(content, "?") << attack.name << ": " << path;
    EXPECT_EQ(found.count(".rodprep-extract"), 0u) << attack.name;
  }
}

// One rule of safety for extract and cache.
TEST_F(ExtractTest, CacheRefusesWhatExtractRefuses) {
  const auto refused_by_cache = [&](const archive::TarBytes& tar) {
    archive::put_file(options_.archive, tar.finish());
    try {
      return !ArchiveTree(options_.archive).refused().empty();
    } catch (const BadInput&) {
      return true;
    }
  };
  for (const Attack& attack : attacks()) {
    if (attack.name == std::string("own state folder")) continue;  // cache has none
    EXPECT_TRUE(refused_by_cache(archive_with(attack))) << attack.name;
  }
  archive::TarBytes good;
  good.folder("d").file("d/x", "1").file("y", "2");
  EXPECT_FALSE(refused_by_cache(good));
}

TEST_F(ExtractTest, SkipsEveryAttackAndUnpacksTheRest) {
  options_.skip_bad = true;
  for (const Attack& attack : attacks()) {
    options_.destination = folder_ / attack.name;
    if (attack.name == std::string("duplicate")) continue;
    const ExtractReport report = run(archive_with(attack));
    EXPECT_EQ(report.skipped.size(), 1u) << attack.name;
    const Tree found = tree();
    EXPECT_EQ(found.at("first"), "1") << attack.name;
    EXPECT_EQ(found.at("last"), "2") << attack.name;
    for (const auto& [path, content] : found)
      EXPECT_NE(content, "?") << attack.name << ": " << path;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/rod-extract-escaped"));
}

// tar keeps the later one of two entries; to skip that one would keep the older one.
TEST_F(ExtractTest, NeverSkipsTheLaterOfTwoEntriesOfOneName) {
  options_.skip_bad = options_.skip_links = true;
  archive::TarBytes tar;
  tar.file("d/a", "older").file("b", "1").file("./d/a", "later");
  EXPECT_EQ(kind_of_error(tar.finish()), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("twice"), std::string::npos) << message_;
  EXPECT_NE(message_.find("--exclude 'd/a'"), std::string::npos) << message_;
  options_.exclude = {"d/a"};
  EXPECT_EQ(extract(options_).files, 1u);
}

TEST_F(ExtractTest, SkipLinksSkipsLinksAndSpecialFilesOnly) {
  options_.skip_links = true;
  for (const Attack& attack : attacks()) {
    options_.destination = folder_ / attack.name;
    if (attack.link_or_special) {
      EXPECT_EQ(run(archive_with(attack)).skipped.size(), 1u) << attack.name;
    } else {
      EXPECT_EQ(kind_of_error(archive_with(attack).finish()), ErrorKind::kBadInput) << attack.name;
    }
  }
}

TEST_F(ExtractTest, NeverWritesThroughLinksThatAreInTheDestination) {
  const auto tar = archive::TarBytes().file("d/outside", "changed");
  std::filesystem::create_directories(options_.destination);
  std::filesystem::create_directory_symlink("..", options_.destination / "d");
  EXPECT_EQ(kind_of_error(tar.finish()), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("nothing is written through it"), std::string::npos) << message_;
  std::filesystem::remove(options_.destination / "d");
  std::filesystem::create_directory(options_.destination / "d");
  std::filesystem::create_symlink("../../outside", options_.destination / "d/outside");
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
  std::filesystem::remove_all(options_.destination / "d");
  std::filesystem::create_directory_symlink("..", options_.destination / ".rodprep-extract");
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
}

TEST_F(ExtractTest, ReplacesAHardLinkedFileInsteadOfWritingIntoIt) {
  std::filesystem::create_directories(options_.destination);
  std::filesystem::create_hard_link(folder_ / "outside", options_.destination / "a");
  run(archive::TarBytes().file("a", "new"));
  EXPECT_EQ(tree().at("a"), "new");
}

TEST_F(ExtractTest, StopsAtTheCaps) {
  options_.limit_entries = 3;
  EXPECT_EQ(
      kind_of_error(
          archive::TarBytes().file("a", "").file("b", "").file("c", "").file("d", "").finish()),
      ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("--limit-entries"), std::string::npos) << message_;
  options_.limit_entries = 100;
  options_.limit_bytes = 10;
  EXPECT_EQ(kind_of_error(archive::TarBytes().file("x", "123456").file("y", "123456").finish()),
            ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("--limit-bytes"), std::string::npos) << message_;
}

TEST_F(ExtractTest, StopsAtASparseGiantBeforeWritingIt) {
  EXPECT_EQ(kind_of_error(archive::TarBytes()
                              .file("a", "1")
                              .sparse_file("giant", 60'000'000'000, 512, std::string(512, 'q'))
                              .finish()),
            ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("--limit-ratio"), std::string::npos) << message_;
  EXPECT_EQ(tree().count("giant"), 0u);
}

TEST_F(ExtractTest, StopsAtAGzipBomb) {
  const std::string path = options_.archive.string();
  archive::put_file(options_.archive,
                    archive::TarBytes().file("bomb", std::string(64 << 20, '\0')).finish());
  if (std::system(("gzip -9 '" + path + "'").c_str()) != 0) GTEST_SKIP() << "there is no gzip";
  options_.archive = path + ".gz";
  EXPECT_EQ(kind_of_error(), ErrorKind::kNoRoom);
  EXPECT_NE(message_.find("--limit-ratio"), std::string::npos) << message_;
  EXPECT_EQ(tree().count("bomb"), 0u);
}

TEST_F(ExtractTest, UnpacksExactlyTheCompleteEntriesOfACutTar) {
  archive::TarBytes tar;
  // archive bytes needed, path, content
  std::vector<std::pair<std::size_t, Tree::value_type>> files;
  std::vector<std::size_t> ends;
  for (int i = 0; i < 12; ++i) {
    const std::string name = "f" + std::to_string(i),
                      bytes(std::size_t(i) * 300, static_cast<char>('a' + i));
    if (i % 3 == 1) tar.gnu_long_name(name);
    if (i % 3 == 2) tar.pax({{"path", name}});
    tar.file(name, bytes);
    ends.push_back(tar.size());
    // Padding may be cut off.
    files.push_back({tar.size() - (512 - bytes.size() % 512) % 512, {name, bytes}});
  }
  const std::string bytes = tar.finish();
  for (std::size_t cut = 512; cut + 1024 < bytes.size(); cut += 512) {
    std::filesystem::remove_all(options_.destination);
    if (std::find(ends.begin(), ends.end(), cut) != ends.end()) {
      archive::put_file(options_.archive, bytes.substr(0, cut));
      EXPECT_EQ(extract(options_).warnings.size(), 1u) << cut;  // it ends without its mark
    } else {
      EXPECT_EQ(kind_of_error(bytes.substr(0, cut)), ErrorKind::kBadInput) << cut;
    }
    Tree expected;
    for (const auto& [needed, file] : files) {
      if (needed <= cut) expected.insert(file);
    }
    EXPECT_EQ(tree(), expected) << cut;
  }
}

TEST_F(ExtractTest, StopsAtAFlippedHeaderByteWithTheEntriesBeforeItComplete) {
  const std::string bytes =
      archive::TarBytes().file("a", "1").file("b", "2").file("c", "3").finish();
  for (std::size_t at = 1024; at < 1536; at += 7) {
    // the checksum's own field has several spellings
    if (at >= 1024 + 148 && at < 1024 + 156) continue;
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::filesystem::remove_all(options_.destination);
    EXPECT_EQ(kind_of_error(damaged), ErrorKind::kBadInput) << at;
    EXPECT_EQ(tree(), (Tree{{"a", "1"}})) << at;
  }
}

TEST_F(ExtractTest, GivesAHardLinkACopyOfTheEarlierFilesBytes) {
  const std::string large(700'000, 'l');
  const auto tar = archive::TarBytes()
                       .file("d/a", "bytes")
                       .file("large", large)
                       .link('1', "b", "./d/a")
                       .link('1', "c/l", "large")
                       .link('1', "e", "b");
  EXPECT_EQ(run(tar).files, 5u);
  const Tree expected{{"d", "/"}, {"d/a", "bytes"}, {"large", large}, {"b", "bytes"},
                      {"c", "/"}, {"c/l", large},   {"e", "bytes"}};
  EXPECT_EQ(tree(), expected);
  EXPECT_EQ(std::filesystem::hard_link_count(options_.destination / "b"), 1u);
  options_.verify = true;
  EXPECT_EQ(extract(options_).kept, 5u);
  archive::put_file(options_.destination / "b", "BYTES");
  EXPECT_EQ(kind_of_error(), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("b differs"), std::string::npos) << message_;
}

TEST_F(ExtractTest, RefusesAHardLinkToWhatIsNoEarlierFile) {
  for (const char* target : {"later", "d", "../outside", "/etc/passwd", "self"}) {
    EXPECT_EQ(
        kind_of_error(
            archive::TarBytes().folder("d").link('1', "self", target).file("later", "x").finish()),
        ErrorKind::kBadInput)
        << target;
    EXPECT_NE(message_.find("not among the files unpacked before it"), std::string::npos)
        << message_;
  }
}

TEST_F(ExtractTest, ReadsNamesInTheEncodingThatIsNamed) {
  const auto tar = archive::TarBytes().file("\xC4\xE3", "x");
  EXPECT_EQ(kind_of_error(tar.finish()), ErrorKind::kBadInput);
  EXPECT_NE(message_.find("--name-encoding"), std::string::npos) << message_;
  options_.name_encoding = "GBK";
  run(tar);
  EXPECT_EQ(tree(), (Tree{{"\xE4\xBD\xA0", "x"}}));
}

TEST_F(ExtractTest, RefusesAFileWithoutAName) {
  EXPECT_EQ(kind_of_error(archive::TarBytes().file("", "x").file("a", "y").finish()),
            ErrorKind::kBadInput);
  EXPECT_NE(message_.find("its name is empty"), std::string::npos) << message_;
}

TEST_F(ExtractTest, ObeysAPaxSizeOverride) {
  run(archive::TarBytes().pax({{"size", "5"}}).header("a", '0', 0).data("12345").file("b", "2"));
  EXPECT_EQ(tree(), (Tree{{"a", "12345"}, {"b", "2"}}));
}

}  // namespace
}  // namespace rod::prepare
