// Files that PyTorch wrote are read as PyTorch reads them; nothing else is, and nothing is ever
// run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "base/crc32.h"
#include "base/error.h"
#include "base/random.h"
#include "io/file.h"
#include "tests/temporary_folder.h"
#include "trainer/pth/pickle.h"
#include "trainer/pth/pth_file.h"
#include "trainer/pth/zip.h"

namespace rod::trainer {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string golden(const std::string& name) {
  return io::read_file(std::string(ROD_GOLDEN) + "/" + name);
}

template <typename T>
std::vector<T> values(const PthTensor& tensor) {
  std::vector<T> all(tensor.elements());
  tensor.copy_to(std::as_writable_bytes(std::span(all)));
  return all;
}

std::string refusal(std::string_view file) {
  try {
    read_pth(bytes(file), "FILE");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_EQ(std::string(error.what()).find("FILE"), 0u) << error.what();
    return error.what();
  }
  return "accepted";
}

void expect_refused(std::string_view file, const std::string& reason) {
  const std::string message = refusal(file);
  EXPECT_NE(message.find(reason), std::string::npos) << message;
}

// A zip file of one pickle.
std::string with_pickle(const std::string& pickle) {
  const std::vector<ZipPart> parts = {{"a/data.pkl", bytes(pickle)},
                                      {"a/data/0", bytes("12345678")}};
  const ZipLayout layout = lay_out_zip(parts);
  std::string file;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    file += layout.headers[i];
    file.append(reinterpret_cast<const char*>(parts[i].data.data()), parts[i].data.size());
  }
  return file + layout.headers.back();
}

// {"w": a tensor of the storage "0" with `elements` floats, as given}, without hooks or metadata
std::string with_tensor(const std::string& elements, const std::string& offset,
                        const std::string& shape, const std::string& strides,
                        const std::string& hooks_and_metadata = "}") {
  return with_pickle("\x80\x02}X\x01" + std::string(3, '\0') +
                     "wctorch._utils\n_rebuild_tensor_v2\n((X\x07" + std::string(3, '\0') +
                     "storagectorch\nFloatStorage\nX\x01" + std::string(3, '\0') + "0X\x03" +
                     std::string(3, '\0') + "cpu" + elements + "tQ" + offset + shape + strides +
                     "\x89" + hooks_and_metadata + "tRs.");
}

TEST(Crc32, IsThatOfZipFiles) {
  EXPECT_EQ(crc32<kIso3309>(bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32<kIso3309>(bytes("")), 0u);
}

TEST(Pth, ReadsTheCoursesCheckpoint) {
  const std::string file = golden("checkpoint.pth");
  const auto tensors = read_pth(bytes(file), "FILE");
  EXPECT_EQ(tensors.size(), 10u);
  EXPECT_EQ(values<float>(tensors.at("modules.0.conv.weight")),
            (std::vector<float>{0, .25, .5, .75}));
  EXPECT_EQ(tensors.at("modules.0.conv.weight").shape, (std::vector<std::uint64_t>{2, 2, 1, 1}));
  EXPECT_EQ(values<std::int64_t>(tensors.at("modules.0.bn.num_batches_tracked")),
            (std::vector<std::int64_t>{0}));
  EXPECT_EQ(values<float>(tensors.at("modules.1.bias")), (std::vector<float>{0, .25}));
  EXPECT_EQ(values<float>(tensors.at("optimizers.0.state.1.momentum_buffer")),
            (std::vector<float>{1, 1}));
}

TEST(Pth, ReadsEveryKindOfTensorRowByRow) {
  const std::string file = golden("kinds.pth");
  const auto tensors = read_pth(bytes(file), "FILE");
  EXPECT_EQ(values<float>(tensors.at("transposed")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values<float>(tensors.at("part")), (std::vector<float>{10, 11, 12, 13}));
  EXPECT_EQ(values<float>(tensors.at("parameter")), (std::vector<float>{0, 1}));
  EXPECT_EQ(tensors.at("half").dtype, shard::Dtype::kF16);
  EXPECT_EQ(values<std::uint16_t>(tensors.at("half")),
            (std::vector<std::uint16_t>{0x3c00, 0xc100}));
  EXPECT_EQ(values<std::uint16_t>(tensors.at("bfloat16")), (std::vector<std::uint16_t>{0x4040}));
  EXPECT_EQ(values<double>(tensors.at("double")), std::vector<double>{.125});
  EXPECT_EQ(values<std::int64_t>(tensors.at("long")),
            (std::vector<std::int64_t>{-1, std::int64_t{1} << 40}));
  EXPECT_EQ(values<std::uint8_t>(tensors.at("bool")), (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(tensors.at("empty").elements(), 0u);
  std::vector<float> expected(24);
  for (std::size_t i = 0; i < 24; ++i) expected[i] = float(i);
  EXPECT_EQ(values<float>(tensors.at("channels_last")), expected);
}

TEST(Pth, ReadsWhatItWrites) {
  const std::vector<float> weights = {1, 2, 3, 4, 5, 6};
  const std::int64_t count = -7;
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.pth";
  write_pth(path, std::vector<shard::TensorData>{
                      {"a.weight", shard::Dtype::kF32, {2, 3}, std::as_bytes(std::span(weights))},
                      {"a.count", shard::Dtype::kI64, {}, std::as_bytes(std::span(&count, 1))}});
  const std::string file = io::read_file(path);
  const auto tensors = read_pth(bytes(file), "FILE");
  EXPECT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors.at("a.weight").shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(values<float>(tensors.at("a.weight")), weights);
  EXPECT_EQ(values<std::int64_t>(tensors.at("a.count")), std::vector<std::int64_t>{count});
}

TEST(Pth, RunsNothing) {
  expect_refused(golden("refused-calls-system.pth"), "system");
  expect_refused(with_pickle("\x80\x02"
                             "cbuiltins\neval\n."),
                 "builtins.eval");
  expect_refused(with_pickle("\x80\x02"
                             "ctorch.nn.modules.linear\nLinear\n."),
                 "torch.nn.modules.linear.Linear");
}

TEST(Pth, RefusesHooksAndMetadata) {
  const auto with = [](const std::string& fields) {
    return with_tensor("K\x02", std::string("K\0", 2), "K\x02\x85", "K\x01\x85", fields);
  };
  const std::string negative = "}X\x03" + std::string(3, '\0') + "neg\x88s";
  for (const char* none : {"}", "}}", "}N"}) EXPECT_EQ(refusal(with(none)), "accepted") << none;
  expect_refused(with("}" + negative), "resolve_neg()");
  expect_refused(with(negative), "backward hooks");
  expect_refused(with("}K\x01"), "metadata");
  expect_refused(with("}N}"), "more than is known");
  expect_refused(with(""), "backward hooks");
}

TEST(Pth, SaysHowToConvertTheOldForm) {
  expect_refused(golden("refused-old-form.pth"), "torch.save(torch.load('FILE'");
  expect_refused(golden("refused-old-form.pth"), "weights_only=True");
}

TEST(Pth, NamesABarePickle) {
  for (const char* start : {"\x80\x02}.", "\x80\x04\x95", "\x80\x05\x95", "(dp0\n", "(lp0\n"}) {
    EXPECT_TRUE(looks_like_pth(bytes(start)));
    expect_refused(start, "bare pickle");
  }
  // The length of a safetensors header can be the mark of a pickle.
  EXPECT_FALSE(looks_like_pth(bytes(std::string("\x80\x02\0\0\0\0\0\0{", 9))));
}

TEST(Pth, RefusesTorchScript) {
  expect_refused(golden("refused-torchscript.pth"), "TorchScript");
}

TEST(Pth, RefusesWhatIsNoZipFile) {
  expect_refused("", "not a file of torch.save()");
  expect_refused("{\"a\": 1}", "not a file of torch.save()");
  expect_refused("PK\x03\x04", "no end of a zip file");
}

TEST(Pth, RefusesAFileThatIsCutOffAnywhere) {
  const std::string file = golden("checkpoint.pth");
  for (std::size_t size = 0; size < file.size(); size += 7) {
    EXPECT_NE(refusal(std::string_view(file).substr(0, size)), "accepted") << size;
  }
}

TEST(Pth, RefusesCompressedEntries) {
  std::string file = golden("kinds.pth");
  const std::size_t entry = file.find("PK\x01\x02");  // the directory's first: the pickle
  file[entry + 10] = 8;                               // deflate
  expect_refused(file, "compressed");
}

TEST(Pth, RefusesDamagedWeights) {
  std::string file = golden("kinds.pth");
  const auto tensors = read_pth(bytes(file), "FILE");
  const auto at = reinterpret_cast<const char*>(tensors.at("part").storage.data()) - file.data();
  file[static_cast<std::size_t>(at)] ^= 1;
  expect_refused(file, "checksum");
}

TEST(Pth, RefusesTensorsOutsideTheirStorage) {
  const std::string zero = std::string("K\0", 2), one = "K\x01", two = "K\x02", three = "K\x03";
  EXPECT_EQ(refusal(with_tensor(two, zero, two + "\x85", one + "\x85")), "accepted");
  expect_refused(with_tensor(three, zero, two + "\x85", one + "\x85"), "too few");
  expect_refused(with_tensor(two, one, two + "\x85", one + "\x85"), "outside");
  expect_refused(with_tensor(two, zero, two + "\x85", two + "\x85"), "outside");
  expect_refused(with_tensor(two, zero, three + "\x85", zero + "\x85"), "more than once");
  expect_refused(with_tensor(two, zero, two + two + "\x86", one + one + "\x86"), "outside");
  expect_refused(with_tensor(two, zero, two + two + "\x86", one + zero + "\x86"), "more than once");
  expect_refused(with_tensor(two, zero, two + two + "\x86", one + "\x85"), "strides");
  const std::string huge = std::string("\x8a\x08") + std::string(7, '\xff') + '\x7f';
  expect_refused(with_tensor(huge, zero, two + "\x85", one + "\x85"), "too few");
  expect_refused(with_tensor(two, huge, two + "\x85", one + "\x85"), "outside");
  expect_refused(with_tensor(two, zero, huge + huge + "\x86", huge + huge + "\x86"), "outside");
  expect_refused(with_tensor(two, "J\xff\xff\xff\xff", two + "\x85", one + "\x85"), "-1");
}

TEST(Pth, RefusesPicklesThatAreNone) {
  expect_refused(with_pickle(""), "cut off");
  expect_refused(with_pickle("\x80\x04."), "protocol 4");
  expect_refused(with_pickle("\x80\x02."), "empty stack");
  expect_refused(with_pickle("\x80\x02t."), "never began");
  expect_refused(with_pickle("\x80\x02h\x05."), "was never stored");
  expect_refused(with_pickle("\x80\x02}."), "no tensors");
  expect_refused(with_pickle("\x80\x02}}."), "more than one");
  expect_refused(with_pickle("\x80\x02NNs."), "another kind than dict");
  expect_refused(with_pickle("\x80\x02NNNs."), "another kind than dict");
  expect_refused(with_pickle("\x80\x02\x93."), "0x93");
  // A dict that holds itself.
  expect_refused(with_pickle("\x80\x02}q\x01X\x01" + std::string(3, '\0') + "ah\x01s."),
                 "nested deeper");
}

TEST(Pth, StopsAtPartsThatAreSharedWithoutEnd) {
  // Each dict holds the one before ten times: ten to the twelfth paths.
  std::string pickle = "\x80\x02(}q";
  pickle += '\0';
  for (int level = 1; level <= 12; ++level) {
    pickle += "}";
    for (int i = 0; i < 10; ++i) {
      pickle += std::string("K") + static_cast<char>(i) + "h" + static_cast<char>(level - 1) + "s";
    }
    pickle += std::string("q") + static_cast<char>(level);
  }
  expect_refused(with_pickle(pickle + "t."), "nested deeper");
}

// Whatever bytes are changed, a file is read within its bounds or refused. Sanitizers see the rest.
TEST(Pth, SurvivesDamage) {
  for (const char* name : {"checkpoint.pth", "kinds.pth"}) {
    const std::string file = golden(name);
    for (std::uint64_t n = 0; n < 600; ++n) {
      Random random(1, 2, n);
      std::string damaged = file;
      for (std::uint32_t changes = 1 + random.below(4); changes > 0; --changes) {
        damaged[random.below(static_cast<std::uint32_t>(file.size()))] =
            static_cast<char>(random.below(256));
      }
      try {
        for (const auto& [key, tensor] : read_pth(bytes(damaged), "FILE")) {
          std::vector<std::byte> out(tensor.elements() * shard::dtype_bytes(tensor.dtype));
          tensor.copy_to(out);
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
      }
    }
  }
}

using Contents = std::map<std::string, std::pair<std::vector<std::uint64_t>, std::string>>;

std::optional<Contents> contents(std::string_view file) {
  try {
    Contents all;
    for (const auto& [name, tensor] : read_pth(bytes(file), "FILE")) {
      std::string content(tensor.elements() * shard::dtype_bytes(tensor.dtype), '\0');
      tensor.copy_to(std::as_writable_bytes(std::span(content)));
      all[name + " " + shard::dtype_name(tensor.dtype)] = {tensor.shape, content};
    }
    return all;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    return std::nullopt;
  }
}

// Whatever one bit or one cut does to a file, its tensors are as they were, or it is refused.
// ROD_LONG=1 flips all bits and cuts at every byte.
TEST(Pth, IsWholeOrRefused) {
  const char* const setting = std::getenv("ROD_LONG");
  const std::size_t step = setting != nullptr && setting[0] == '1' ? 1 : 23;
  const std::string file = golden("kinds.pth");
  const auto whole = contents(file);
  ASSERT_TRUE(whole);
  std::size_t flips = 0, accepted = 0, cuts = 0;
  for (std::size_t bit = step / 2; bit < file.size() * 8; bit += step, ++flips) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    const auto read = contents(damaged);
    accepted += read ? 1 : 0;
    if (read) {
      EXPECT_EQ(*read, *whole) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
  }
  for (std::size_t size = 0; size < file.size(); size += step, ++cuts)
    EXPECT_FALSE(contents(std::string_view(file).substr(0, size))) << size;
  std::printf("%zu flipped bits: %zu refused, %zu read as before; %zu cuts: all refused\n", flips,
              flips - accepted, accepted, cuts);
}

// The same for the pickle by itself, whose checksum would else hide what it makes of damage.
TEST(Pickle, SurvivesDamage) {
  const std::string file = golden("checkpoint.pth");
  const ZipReader zip(bytes(file), "FILE");
  const auto content = zip.read("checkpoint/data.pkl");
  const std::string pickle(reinterpret_cast<const char*>(content.data()), content.size());
  for (std::uint64_t n = 0; n < 4000; ++n) {
    Random random(1, 3, n);
    std::string damaged = pickle;
    for (std::uint32_t changes = 1 + random.below(3); changes > 0; --changes) {
      damaged[random.below(static_cast<std::uint32_t>(pickle.size()))] =
          static_cast<char>(random.below(256));
    }
    try {
      parse_pickle(bytes(damaged), "FILE");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    }
  }
}

}  // namespace
}  // namespace rod::trainer
