"""check_type_names.py finds types that two files define, and types outside of their layer's
namespace, and only those.
"""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).with_name("check_type_names.py")
FILES = {
    "lib/shard/batch.h": (
        """namespace rod::shard {
// struct Commented { };
constexpr char kText[] = "struct Quoted {";
constexpr char kRaw[] = R"(struct Raw {)";
class Forward;
template <typename T> requires (sizeof(T) > 1)
struct Batch { struct Inner { int a{1}; }; struct State; enum Kind : int { kOne }; };
inline int function() { struct Local { int a; }; return Local{1}.a; }
struct Twice final : Batch<int> {};
enum class Kind { kA };
using Rows = int;
}  // namespace rod::shard
"""
    ),
    "lib/shard/batch.cc": (
        """namespace rod::shard {
namespace {
struct Hidden {};
}  // namespace
template <typename T>
struct Batch<T>::State {};
struct Local {};
struct Misplaced returned() { return {}; }
}  // namespace rod::shard
"""
    ),
    "lib/shard/codec.cc": (
        "namespace rod { namespace shard { namespace { struct Hidden {}; } struct Codec { int a; };"
        " } }\n"
    ),
    "lib/shard/codec_absent.cc": "namespace rod::shard { struct Codec { long a; }; }\n",
    "lib/stream/batch.h": (
        "namespace rod::stream { struct Batch { struct Inner {}; }; class Forward; }\n"
    ),
    "lib/stream/again.h": (
        """namespace rod::shard {
union Twice {
  int a;
};
enum Kind { kB };
using Rows = long;
}
namespace rod { struct Misplaced {}; }
"""
    ),
    "lib/base/misplaced.h": "namespace rod { struct Base {}; }\n",
    "tests/fixture.h": "namespace rod { class Base : public int_ {\n public: int a; }; }\n",
}
EXPECTED = [
    "lib/stream/again.h:2: rod::shard::Twice is outside",
    "lib/stream/again.h:5: rod::shard::Kind is outside",
    "lib/stream/again.h:6: rod::shard::Rows is outside",
    "lib/stream/again.h:8: rod::Misplaced is outside",
    "rod::shard::Twice is defined twice: lib/shard/batch.h:9 and lib/stream/again.h:2",
    "rod::shard::Kind is defined twice: lib/shard/batch.h:10 and lib/stream/again.h:5",
    "rod::shard::Rows is defined twice: lib/shard/batch.h:11 and lib/stream/again.h:6",
    "rod::Base is defined twice: lib/base/misplaced.h:1 and tests/fixture.h:1",
]

with tempfile.TemporaryDirectory() as folder:
    for name, text in FILES.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    answer = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)
print(answer.stdout, answer.stderr)
missed = [text for text in EXPECTED if text not in answer.stderr]
assert not missed, f"not found: {missed}"
assert len(answer.stderr.splitlines()) == len(EXPECTED) and answer.returncode == 1
