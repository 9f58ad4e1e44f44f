"""--pretrained imagenet and --pretrained ADDRESS: downloaded, resumed, verified, or refused with
what to do.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

from training import RODTRAIN, SOURCE, check, run, says, skip, small_run, weights

if shutil.which("curl") is None:
    skip("curl is not installed")
os.environ |= {"TORCH_HOME": os.path.abspath("hub"), "no_proxy": "127.0.0.1"}


class Server:
    """weights_server.py with the files of a folder. The first `cuts` of its answers are cut short.
    """

    def __init__(self, folder, cuts=0):
        self.log = pathlib.Path(f"{folder}.log")
        self.log.touch()
        port = pathlib.Path(f"{folder}.port")
        program = [
            sys.executable,
            f"{SOURCE}/tests/cli/weights_server.py",
            folder,
            port,
            self.log,
            str(cuts),
        ]
        self.process = subprocess.Popen(program)
        while not port.exists():
            check(self.process.poll() is None, "the server ended")
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{port.read_text()}"

    def requests(self):
        return self.log.read_text().splitlines()


def go(folder, pretrained, *options, code=0, arch="resnet10-slim"):
    small_run(
        "--max-steps",
        1,
        "--logdir",
        folder,
        "--pretrained",
        pretrained,
        *options,
        code=code,
        arch=arch,
    )


def same_bytes(file):
    return pathlib.Path(file).read_bytes() == backbone


def test():
    # The connection is cut twice, and each transfer begins where the one before it ended.
    go("cut", f"{good.address}/{name}", "--weights-dir", "weights")
    check(same_bytes(f"weights/{name}"), "other bytes")
    asked = good.requests()
    check(
        len(asked) == 3 and sum("bytes=" in line for line in asked) == 2,
        f"not resumed twice: {asked}",
    )
    check(os.listdir("weights") == [name], f"more is left: {os.listdir('weights')}")
    go("file", f"weights/{name}")
    check(weights("cut") == weights("file"), "other weights than from the file")
    # It is there now: nothing is asked for. Without --weights-dir, torch hub's cache is where it
    # goes and is looked for.
    go("kept", f"{good.address}/{name}", "--weights-dir", "weights")
    check(len(good.requests()) == 3, "downloaded again")
    os.makedirs("hub/hub/checkpoints")
    pathlib.Path("hub/hub/checkpoints", name).write_bytes(backbone)
    go("hub-run", f"{good.address}/{name}")
    check(len(good.requests()) == 3, "torch hub's cache was not looked at")

    # What an earlier process has left is resumed; bytes of another file are not kept.
    os.mkdir("again")
    pathlib.Path("again", f".{name}.part").write_bytes(backbone[:5000])
    shutil.rmtree("hub")
    go("resumed", f"{good.address}/{name}", "--weights-dir", "again")
    check("bytes=5000-" in good.requests()[-1], f"not resumed: {good.requests()}")
    os.remove(f"again/{name}")
    pathlib.Path("again", f".{name}.part").write_bytes(os.urandom(5000))
    go("anew", f"{good.address}/{name}", "--weights-dir", "again")
    check(same_bytes(f"again/{name}"), "other bytes")

    # A wrong file.
    here = os.getcwd()
    go(
        "wrong-run",
        "imagenet",
        "--weights-url",
        wrong.address,
        "--weights-dir",
        "fresh",
        code=1,
        arch="resnet18",
    )
    says(
        f"{wrong.address}/resnet18-f37072fd.pth",
        "begins with f37072fd",
        f"{here}/fresh/resnet18-f37072fd.pth",
    )
    check(os.listdir("fresh") == [], f"a wrong file is kept: {os.listdir('fresh')}")
    shutil.copy(f"wrong/{name}", f"weights/{name}")
    go("wrong-run", f"{wrong.address}/{name}", "--weights-dir", "weights", code=1)
    says("remove the file")

    # Nothing answers, or it is not there.
    nobody = "http://127.0.0.1:9/models"
    go(
        "offline",
        "imagenet",
        "--weights-url",
        nobody,
        "--weights-dir",
        "fresh",
        code=1,
        arch="resnet34",
    )
    says(f"{nobody}/resnet34-b627a593.pth", f"put it at {here}/fresh/resnet34-b627a593.pth")
    go(
        "offline",
        "imagenet",
        "--weights-url",
        wrong.address,
        "--weights-dir",
        "fresh",
        code=1,
        arch="resnet50",
    )
    says("404")

    # Refused before anything is made.
    go("bad", "imagenet", code=2)
    says("resnet10-slim")
    go("bad", f"{wrong.address}/backbone.pth", code=2)
    says("no hash")
    go("bad", f"ftp://127.0.0.1/{name}", code=2)
    says("http://")
    check(not os.path.exists("bad"), "a refused run left a folder")


# Weights to serve: a backbone that a run has learned, with its hash in its name.
small_run("--logdir", "first", "--max-steps", 2)
run(RODTRAIN, "export", "first/best.safetensors", "backbone.pth", "--module", "netG_rgb", "--quiet")
backbone = pathlib.Path("backbone.pth").read_bytes()
name = f"backbone-{hashlib.sha256(backbone).hexdigest()[:8]}.pth"
for served, file, content in (("good", name, backbone), ("wrong", name, bytes(10000)),
                              ("wrong", "resnet18-f37072fd.pth", bytes(10000))):
    os.makedirs(served, exist_ok=True)
    pathlib.Path(served, file).write_bytes(content)
good, wrong = Server("good", cuts=2), Server("wrong")
try:
    test()
finally:
    for server in (good, wrong):
        server.process.kill()
        server.process.wait()
