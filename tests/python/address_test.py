"""Data sets at an address: what is read of them is what is read of the folder."""
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../fault/support"))

import numpy as np
import rodprep
from server import Server


def equal(a, b):
    return (
        a["key"] == b["key"]
        and a["label"] == b["label"]
        and np.array_equal(a["rgb"], b["rgb"])
        and np.array_equal(a["depth"], b["depth"])
    )


def files_of(folder):
    return {
        "/" + str(path): path.read_bytes()
        for path in pathlib.Path(folder).rglob("*")
        if path.is_file()
    }


def fork_while_a_thread_fetches(program):
    """The child must not wait for what a thread of the parent holds."""
    subprocess.run(
        [program, "cache", "a.tar", "large", "--size", "96", "--codec", "raw", "-q"], check=True
    )
    server, local = Server(files_of("large")), rodprep.open("large")["ROD"]
    split = rodprep.open(server.address("/large"))["ROD"]
    fetching, forked, release = threading.Event(), threading.Event(), threading.Event()

    def choose(request):
        first, last = map(int, request.range.removeprefix("bytes=").split("-"))
        if not forked.is_set() and last - first > 500000:  # a whole shard
            fetching.set()
            release.wait(30)

    server.choose = choose
    thread = threading.Thread(target=lambda: list(split))
    thread.start()
    assert fetching.wait(30)
    forked.set()
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(0 if equal(split[2], local[2]) else 1)
    assert os.waitpid(child, 0)[1] == 0
    release.set()
    thread.join()


def main():
    program = os.environ["ROD_RODPREP"]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run(
            [program, "synth", "a.tar", "--pairs", "80", "--size", "32", "-q"], check=True
        )
        subprocess.run(
            [program, "cache", "a.tar", "shards", "--size", "32", "--shard-size", "200kB", "-q"],
            check=True,
        )
        server = Server(files_of("shards"))
        server.choose = lambda request: (
            "cut" if request.number % 5 == 3 else "503" if request.number % 7 == 3 else None
        )
        local = rodprep.open("shards")
        try:
            distant = rodprep.open(server.address("/shards", "me:s3cret@") + "?t0ken=1")
        except rodprep.Error as error:
            if "built without libcurl" in str(error):
                print("the module is built without libcurl")
                sys.exit(77)
            raise
        assert distant.fingerprint == local.fingerprint
        assert distant.path == server.address("/shards?…"), distant.path
        for name in local:
            assert len(distant[name]) == len(local[name])
            assert all(equal(a, b) for a, b in zip(local[name], distant[name], strict=True)), name
            again = pickle.loads(pickle.dumps(distant[name]))
            assert equal(again[3], local[name][3])
            for text in (repr(distant), repr(distant[name]), distant[name].dataset):
                assert "s3cret" not in text and "t0ken" not in text, text
        both = [
            rodprep.Loader(data["synROD-train"], 8, seed=3, order="full")
            for data in (local, distant)
        ]
        for a, b in zip(*both, strict=True):
            assert np.array_equal(a["rgb"], b["rgb"]) and np.array_equal(a["label"], b["label"])
        child = os.fork()
        if child == 0:
            os._exit(
                0
                if equal(rodprep.open(server.address("/shards"))["ROD"][1], local["ROD"][1])
                and equal(distant["ROD"][2], local["ROD"][2])
                else 1
            )
        assert os.waitpid(child, 0)[1] == 0
        fork_while_a_thread_fetches(program)
        try:
            rodprep.open(server.address("/nothing"))
            raise AssertionError("nothing was opened")
        except rodprep.DataError as error:
            assert "404" in str(error)


main()
