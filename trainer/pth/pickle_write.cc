#include "base/error.h"
#include "trainer/pth/little_endian.h"
#include "trainer/pth/pickle.h"

namespace rod::trainer {
namespace {

void global(std::string& out, std::string_view module, std::string_view name) {
  out += 'c';
  out.append(module).append("\n").append(name).append("\n");
}

void text(std::string& out, std::string_view value) {
  out += 'X';
  append_le(out, value.size(), 4);
  out += value;
}

void integer(std::string& out, std::uint64_t value) {
  const bool fits = value < std::uint64_t{1} << 31;
  out += fits ? "J" : "\x8a\x08";  // BININT of four bytes, LONG1 of eight
  append_le(out, value, fits ? 4 : 8);
}

template <typename Numbers>
void tuple(std::string& out, const Numbers& numbers) {
  out += '(';
  for (const std::uint64_t number : numbers) integer(out, number);
  out += 't';
}

void empty_ordered_dict(std::string& out) {
  global(out, "collections", "OrderedDict");
  out += ")R";
}

std::vector<std::uint64_t> row_major_strides(const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

// torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())
void tensor(std::string& out, const shard::TensorData& data, std::size_t key) {
  const char* storage = storage_class(data.dtype);
  if (storage == nullptr) {
    throw Error(ErrorKind::kFailed, data.name + ": PyTorch has no storage of " +
                                        shard::dtype_name(data.dtype) + " values");
  }
  global(out, "torch._utils", "_rebuild_tensor_v2");
  out += "((";
  text(out, "storage");
  global(out, "torch", storage);
  text(out, std::to_string(key));
  text(out, "cpu");
  integer(out, data.data.size() / shard::dtype_bytes(data.dtype));
  out += "tQ";
  integer(out, 0);
  tuple(out, data.shape);
  tuple(out, row_major_strides(data.shape));
  out += '\x89';
  empty_ordered_dict(out);
  out += "tR";
}

}  // namespace

std::string pickle_state_dict(std::span<const shard::TensorData> tensors) {
  std::string out = "\x80\x02";
  empty_ordered_dict(out);
  out += '(';
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    text(out, tensors[i].name);
    tensor(out, tensors[i], i);
  }
  return out + "u.";
}

}  // namespace rod::trainer
