"""What PyTorch saves is read with its values, or refused by the name of what it is. Argument:
pth_tool's path.
"""
import pathlib
import pickle
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)


class Marked(torch.Tensor):
    """A tensor of a class of its own."""


def read(path):
    run = subprocess.run([sys.argv[1], path], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def with_attribute(tensor):
    tensor.note = 3
    return tensor


w = torch.arange(12, dtype=torch.float32).reshape(3, 4)
with tempfile.TemporaryDirectory() as folder:
    path = str(pathlib.Path(folder) / "a.pth")

    for whole in [
        w,
        w.t(),
        w[:, 1:3],
        w[::2],
        w[1],
        torch.nn.Parameter(w),
        w.clone().requires_grad_(),
        torch.zeros(64)[:5].expand(3, 5),
        torch._neg_view(w).resolve_neg(),
        w.half(),
        w.long(),
        w[:0],
    ]:
        torch.save({"w": whole}, path)
        code, text = read(path)
        plain = whole.detach().contiguous()
        assert code == 0 and text.split(" ")[2].strip() == plain.numpy().tobytes().hex(), (
            whole,
            text,
        )

    for words, hostile in [
            ("resolve_neg()", torch._neg_view(w)),
            ("ComplexFloatStorage", torch.view_as_complex(w.reshape(6, 2)).conj()),
            ("more than once", torch.ones(1).expand(64)),
            ("more than once", torch.ones(8).as_strided((4, 4), (1, 1))),
            ("attributes or of a class of its own", with_attribute(w.clone())),
            ("attributes or of a class of its own", w.clone().as_subclass(Marked)),
            ("attributes or of a class of its own", with_attribute(torch.nn.Parameter(w))),
            ("_rebuild_sparse_tensor", w.to_sparse())]:
        torch.save({"w": hostile}, path)
        code, text = read(path)
        assert code == 3 and words in text, (words, code, text)

    torch.save({"w": w}, path, _use_new_zipfile_serialization=False)
    code, text = read(path)
    assert code == 3 and "before PyTorch 1.6" in text, text
    line = text[text.index("import torch;") : text.rindex('"')].replace(
        "new.pth", str(pathlib.Path(folder) / "new.pth")
    )
    exec(line)  # the line that the message says to type
    assert read(str(pathlib.Path(folder) / "new.pth")) == (
        0,
        f"w F32 {w.numpy().tobytes().hex()}\n",
    )

    for protocol in range(6):
        with open(path, "wb") as file:
            pickle.dump({"w": w}, file, protocol=protocol)
        code, text = read(path)
        assert code == 3 and "bare pickle" in text and "weights_only=True" in text, (protocol, text)
