"""What the tests of the package share: a data set that rodprep makes once per program, and
processes of their own.
"""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import rodprep

RODPREP, STREAM_TOOL = os.environ["ROD_RODPREP"], os.environ["ROD_STREAM_TOOL"]
SIZE, BATCH = 16, 4
PAIRS, CLASSES = 30, 3


def rodprep_program(*arguments):
    return subprocess.run([RODPREP, *map(str, arguments), "-q"], check=True, capture_output=True)


class DataSetTest(unittest.TestCase):
    """`self.folder` is the test's own; `self.shards` a data set that all tests of the class share.
    """

    CODEC = "zstd"
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls._made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._made.cleanup)
        cls.archive = pathlib.Path(cls._made.name, "a.tar")
        cls.shards = pathlib.Path(cls._made.name, "shards")
        rodprep_program(
            "synth", cls.archive, "--pairs", PAIRS, "--classes", CLASSES, "--size", SIZE
        )
        rodprep_program(
            "cache", cls.archive, cls.shards, "--size", SIZE, "--codec", cls.CODEC, *cls.OPTIONS
        )

    def setUp(self):
        own = tempfile.TemporaryDirectory()
        self.addCleanup(own.cleanup)
        self.folder = pathlib.Path(own.name)
        self.data = rodprep.open(self.shards)
        self.addCleanup(self.data.close)
        self.split = self.data["synROD-train"]

    @contextlib.contextmanager
    def raises(self, kind, *words, exit_code=None):
        with self.assertRaises(kind) as caught:
            yield
        for word in words:
            self.assertIn(str(word), str(caught.exception))
        if exit_code is not None:
            self.assertEqual(caught.exception.exit_code, exit_code)


def python(code, *arguments, timeout=60, **options):
    """Runs a program in a Python of its own; (exit status, standard output, standard error)."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        **options,
    )
    return done.returncode, done.stdout, done.stderr


def damage(shard):
    """Changes one byte of a shard's pixels, in the middle of the first image."""
    content = bytearray(shard.read_bytes())
    length = int.from_bytes(content[:8], "little")
    begin, end = json.loads(content[8:8 + length])["rgb"]["data_offsets"]
    content[8 + length + begin + min(200, (end - begin) // 2)] ^= 0xFF
    shard.write_bytes(content)


def indices(loader):
    """The numbers of a pass, batch by batch."""
    return [batch["index"].tolist() for batch in loader]
