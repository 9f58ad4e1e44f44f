#include "trainer/tensor/tensor_io.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/temporary_folder.h"

namespace rod::trainer {
namespace {

TEST(TensorSnapshot, ReadsBackEveryDtypeAndShape) {
  const TemporaryFolder folder;
  torch::manual_seed(1);
  NamedTensors tensors = {{"scalar", torch::tensor(3.5f)}, {"empty", torch::empty({0, 4})}};
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong,
                                     at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.emplace_back(at::toString(dtype), torch::randint(2, {2, 3}).to(dtype));
  }
  TensorSnapshot snapshot;
  snapshot.add("t.", tensors);
  shard::write_safetensors(folder / "file", snapshot.data(), {});
  const shard::SafetensorsFile file(folder / "file");
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor back = read_tensor(file, "t." + name);
    EXPECT_EQ(back.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(back.equal(tensor)) << name;
  }
}

TEST(TensorSnapshot, WritesRowMajorWhateverTheStrides) {
  const TemporaryFolder folder;
  const torch::Tensor image = torch::randn({2, 3, 4, 5});
  TensorSnapshot snapshot;
  snapshot.add("last", image.contiguous(at::MemoryFormat::ChannelsLast));
  snapshot.add("transposed", image.transpose(0, 3));
  shard::write_safetensors(folder / "file", snapshot.data(), {});
  const shard::SafetensorsFile file(folder / "file");
  EXPECT_TRUE(read_tensor(file, "last").equal(image));
  EXPECT_TRUE(read_tensor(file, "transposed").equal(image.transpose(0, 3)));
}

TEST(TensorSnapshot, KeepsTheValuesOfItsMoment) {
  const torch::Tensor weight = torch::ones({4});
  TensorSnapshot snapshot;
  snapshot.add("weight", weight);
  weight.fill_(2);
  float first = 0;
  std::memcpy(&first, snapshot.data()[0].data.data(), sizeof first);
  EXPECT_EQ(first, 1);
}

TEST(TensorSnapshot, RefusesComplexNumbersByName) {
  TensorSnapshot snapshot;
  EXPECT_THROW(snapshot.add("wave", torch::zeros({2}, torch::kComplexFloat)), Error);
}

TEST(ReadTensor, NamesTheTensorThatIsAbsent) {
  const TemporaryFolder folder;
  shard::write_safetensors(folder / "file", {}, {});
  const shard::SafetensorsFile file(folder / "file");
  try {
    read_tensor(file, "netF.fc2.bias");
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("netF.fc2.bias"), std::string::npos);
  }
}

}  // namespace
}  // namespace rod::trainer
