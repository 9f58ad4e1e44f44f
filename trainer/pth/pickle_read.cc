#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "trainer/pth/little_endian.h"
#include "trainer/pth/pickle.h"

namespace rod::trainer {
namespace {

using Bytes = std::span<const std::byte>;
using Kind = PickledValue::Kind;
using Ref = std::uint32_t;

constexpr Ref kMark = std::numeric_limits<Ref>::max();  // on the stack: where a group begins
constexpr std::size_t kMaxValues = std::size_t{1} << 22;
// What may be shared by many values is short: else a small file could ask for much memory.
constexpr std::size_t kMaxName = 1000, kMaxDimensions = 16;

// The machine that a pickle is a program for: a stack and a memo. Its REDUCE calls nothing: it
// knows what the few functions of a state dict would have returned.
class Machine {
 public:
  Machine(Bytes bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  Pickle run() {
    while (!step()) {
    }
    pickle_.root = pop();
    if (!stack_.empty()) refuse("leaves more than one value");
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(fmt::format("{}: its pickle {} (at byte {})", path_, why, at_));
  }

  Bytes take(std::size_t count) {
    if (count > bytes_.size() - at_) refuse("is cut off");
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }

  std::uint64_t number(std::size_t width) { return read_le(take(width), width); }

  std::string text(std::size_t count) {
    const Bytes part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  std::string line() {
    std::string text;
    for (char c; (c = static_cast<char>(number(1))) != '\n';) {
      if (text.size() == kMaxName) refuse("has a name that does not end");
      text += c;
    }
    return text;
  }

  // Two's complement of `width` bytes.
  std::int64_t signed_number(std::size_t width) {
    if (width == 0) return 0;
    if (width > 8) refuse("holds an integer of more than 64 bits");
    const std::uint64_t value = number(width);
    const unsigned unused = static_cast<unsigned>(64 - 8 * width);
    return static_cast<std::int64_t>(value << unused) >> unused;
  }

  PickledValue& push(Kind kind) {
    if (pickle_.values.size() == kMaxValues) refuse("holds too many values for a state dict");
    stack_.push_back(static_cast<Ref>(pickle_.values.size()));
    pickle_.values.emplace_back().kind = kind;
    return pickle_.values.back();
  }

  Ref pop() {
    if (stack_.empty() || stack_.back() == kMark) refuse("takes a value from an empty stack");
    const Ref ref = stack_.back();
    stack_.pop_back();
    return ref;
  }

  PickledValue& top(Kind kind, const char* what) {
    if (stack_.empty() || stack_.back() == kMark || value(stack_.back()).kind != kind) {
      refuse(fmt::format("fills a value of another kind than {}", what));
    }
    return value(stack_.back());
  }

  PickledValue& value(Ref ref) { return pickle_.values[ref]; }

  std::vector<Ref> pop_group() {
    std::size_t begin = stack_.size();
    while (begin > 0 && stack_[begin - 1] != kMark) --begin;
    if (begin == 0) refuse("ends a group that never began");
    std::vector<Ref> group(stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
    stack_.resize(begin - 1);
    return group;
  }

  void push_tuple(std::size_t count) {
    std::vector<Ref> parts(count);
    for (std::size_t i = count; i-- > 0;) parts[i] = pop();
    push(Kind::kSequence).parts = std::move(parts);
  }

  void fill_dict(const std::vector<Ref>& items) {
    if (items.size() % 2 != 0) refuse("has a key without a value");
    auto& parts = top(Kind::kDict, "dict").parts;
    parts.insert(parts.end(), items.begin(), items.end());
  }

  void memorise(std::uint64_t slot) {
    if (stack_.empty() || stack_.back() == kMark)
      refuse("stores a value in the memo that does not exist");
    memo_[slot] = stack_.back();
  }

  void recall(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end())
      refuse(fmt::format("reads value {} of the memo, which was never stored", slot));
    stack_.push_back(found->second);
  }

  const PickledValue& part(const PickledValue& sequence, std::size_t i, Kind kind,
                           const char* what) {
    if (sequence.kind != Kind::kSequence || i >= sequence.parts.size() ||
        value(sequence.parts[i]).kind != kind) {
      refuse(fmt::format("describes a tensor without its {}", what));
    }
    return value(sequence.parts[i]);
  }

  std::uint64_t count(const PickledValue& sequence, std::size_t i, const char* what) {
    const std::int64_t integer = part(sequence, i, Kind::kInteger, what).integer;
    if (integer < 0) refuse(fmt::format("has a tensor whose {} is {}", what, integer));
    return static_cast<std::uint64_t>(integer);
  }

  std::vector<std::uint64_t> counts(const PickledValue& sequence, const char* what) {
    if (sequence.parts.size() > kMaxDimensions) refuse("has a tensor of too many dimensions");
    std::vector<std::uint64_t> all;
    for (std::size_t i = 0; i < sequence.parts.size(); ++i) all.push_back(count(sequence, i, what));
    return all;
  }

  // Hooks and metadata change what a tensor means: only their absence is understood.
  void require_empty(const PickledValue& arguments, std::size_t i, const char* what) {
    if (!part(arguments, i, Kind::kDict, what).parts.empty()) {
      refuse(
          fmt::format("has a tensor with {}, such as those of a conjugate or negative view, which "
                      "is not read. In Python, save tensor.detach().resolve_conj().resolve_neg()"
                      ".clone() instead",
                      what));
    }
  }

  // ("storage", torch.FloatStorage, key, device, elements)
  void load_storage() {
    const PickledValue& id = value(pop());
    if (part(id, 0, Kind::kText, "storage").text != "storage")
      refuse("refers to something that is not a storage");
    const std::string name = part(id, 1, Kind::kName, "type").text;
    PickledStorage storage;
    const std::string_view prefix = "torch.";
    const auto dtype = name.starts_with(prefix)
                           ? storage_dtype(std::string_view(name).substr(prefix.size()))
                           : std::nullopt;
    if (!dtype) refuse(fmt::format("has a storage of type {}, which is not supported", name));
    storage.dtype = *dtype;
    storage.key = part(id, 2, Kind::kText, "storage's key").text;
    if (storage.key.size() > kMaxName) refuse("has a storage whose key is too long");
    storage.elements = count(id, 4, "number of elements");
    push(Kind::kStorage).storage = storage;
  }

  // What `callee(*arguments)` would return.
  void call() {
    const PickledValue& arguments = value(pop());
    const PickledValue& callee = value(pop());
    if (callee.kind != Kind::kName || arguments.kind != Kind::kSequence) {
      refuse("calls something that is not a function");
    }
    if (callee.text == "collections.OrderedDict") {
      if (!arguments.parts.empty()) refuse("makes an OrderedDict in a way that is not supported");
      push(Kind::kDict);
    } else if (callee.text == "torch._utils._rebuild_tensor_v2") {
      PickledTensor tensor;
      tensor.storage = part(arguments, 0, Kind::kStorage, "storage").storage;
      tensor.offset = count(arguments, 1, "offset");
      tensor.shape = counts(part(arguments, 2, Kind::kSequence, "shape"), "size");
      tensor.strides = counts(part(arguments, 3, Kind::kSequence, "strides"), "stride");
      if (tensor.shape.size() != tensor.strides.size()) refuse("has a tensor with too few strides");
      // requires_grad, backward hooks, and since PyTorch 2.0 metadata, which may say that the
      // values are to be negated or conjugated.
      part(arguments, 4, Kind::kBool, "requires_grad");
      require_empty(arguments, 5, "backward hooks");
      if (arguments.parts.size() > 6 && value(arguments.parts[6]).kind != Kind::kNone) {
        require_empty(arguments, 6, "metadata");
      }
      if (arguments.parts.size() > 7) refuse("describes a tensor with more than is known");
      push(Kind::kTensor).tensor = std::move(tensor);
    } else if (callee.text == "torch._utils._rebuild_parameter") {
      const PickledTensor tensor = part(arguments, 0, Kind::kTensor, "data").tensor;
      part(arguments, 1, Kind::kBool, "requires_grad");
      require_empty(arguments, 2, "backward hooks");
      if (arguments.parts.size() > 3) refuse("describes a parameter with more than is known");
      push(Kind::kTensor).tensor = tensor;
    } else {
      refuse_name(callee.text);
    }
  }

  [[noreturn]] void refuse_name(const std::string& name) const {
    if (name == "torch._utils._rebuild_tensor_v3") {
      refuse(
          "has a tensor of a type such as uint16, which is not supported. In Python, save "
          "tensor.float() instead");
    }
    if (name == "torch._utils._rebuild_parameter_with_state" ||
        name == "torch._tensor._rebuild_from_type_v2") {
      refuse(
          fmt::format("has a tensor with attributes or of a class of its own ({}), which is not "
                      "read. In Python, save model.state_dict() with tensor.detach().clone() for "
                      "each tensor",
                      name));
    }
    refuse(
        fmt::format("uses {}, which loading would run; only state dicts of tensors are read. In "
                    "Python, save model.state_dict() instead",
                    name));
  }

  void name_global() {
    const std::string module = line();
    const std::string name = module + "." + line();
    constexpr std::string_view kKnown[] = {"collections.OrderedDict",
                                           "torch._utils._rebuild_tensor_v2",
                                           "torch._utils._rebuild_parameter"};
    const bool known = std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown);
    if (!known && !(module == "torch" && name.ends_with("Storage"))) refuse_name(name);
    push(Kind::kName).text = name;
  }

  // One instruction; true when it was the last.
  bool step() {
    const auto code = static_cast<unsigned char>(number(1));
    switch (code) {
      case 0x80:  // PROTO
        if (const auto version = number(1); version < 2 || version > 3) {
          refuse(fmt::format("has protocol {}; only torch.save()'s usual 2 is read", version));
        }
        break;
      case '.':  // STOP
        return true;
      case '(':
        stack_.push_back(kMark);
        break;
      case '}':
        push(Kind::kDict);
        break;
      case ']':
      case ')':
        push(Kind::kSequence);
        break;
      case 't': {
        std::vector<Ref> group = pop_group();
        push(Kind::kSequence).parts = std::move(group);
        break;
      }
      case 0x85:
        push_tuple(1);
        break;
      case 0x86:
        push_tuple(2);
        break;
      case 0x87:
        push_tuple(3);
        break;
      case 'N':
        push(Kind::kNone);
        break;
      case 0x88:
        push(Kind::kBool).integer = 1;
        break;
      case 0x89:
        push(Kind::kBool).integer = 0;
        break;
      case 'K':
        push_integer(static_cast<std::int64_t>(number(1)));
        break;
      case 'M':
        push_integer(static_cast<std::int64_t>(number(2)));
        break;
      case 'J':
        push_integer(signed_number(4));
        break;
      case 0x8a:
        push_integer(signed_number(number(1)));
        break;  // LONG1
      case 'G':
        take(8);
        push(Kind::kReal);
        break;
      case 'X': {
        std::string content = text(number(4));
        push(Kind::kText).text = std::move(content);
        break;
      }
      case 'q':
        memorise(number(1));
        break;
      case 'r':
        memorise(number(4));
        break;
      case 'h':
        recall(number(1));
        break;
      case 'j':
        recall(number(4));
        break;
      case 's': {
        const Ref item = pop(), key = pop();
        fill_dict({key, item});
        break;
      }
      case 'u':
        fill_dict(pop_group());
        break;
      case 'a': {
        const Ref item = pop();
        top(Kind::kSequence, "list").parts.push_back(item);
        break;
      }
      case 'e': {
        const std::vector<Ref> items = pop_group();
        auto& parts = top(Kind::kSequence, "list").parts;
        parts.insert(parts.end(), items.begin(), items.end());
        break;
      }
      case 'c':
        name_global();
        break;
      case 'Q':
        load_storage();
        break;
      case 'R':
        call();
        break;
      case 'b':  // attributes, such as the versions that state_dict() notes: not needed
        pop();
        top(Kind::kDict, "OrderedDict");
        break;
      default:
        refuse(fmt::format("has the instruction 0x{:02x}, which state dicts don't need", code));
    }
    return false;
  }

  void push_integer(std::int64_t integer) { push(Kind::kInteger).integer = integer; }

  Bytes bytes_;
  const std::string& path_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<Ref> stack_;
  std::unordered_map<std::uint64_t, Ref> memo_;
};

}  // namespace

Pickle parse_pickle(std::span<const std::byte> bytes, const std::string& path) {
  return Machine(bytes, path).run();
}

}  // namespace rod::trainer
