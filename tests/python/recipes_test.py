"""Every Python block of tools/python/README.md runs as it stands, on rendered shards."""
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unittest

from support import RODPREP, DataSetTest

PAGE = pathlib.Path(os.environ["ROD_SOURCE"], "tools/python/README.md").read_text()
FIRST, *REST = re.split(r"^## (.*)$", PAGE, flags=re.M)
PARTS = {"the first": FIRST, **dict(zip(REST[::2], REST[1::2]))}


class Recipes(DataSetTest):
    def recipe(self, heading, *needs, launcher=()):
        for package in needs:
            if importlib.util.find_spec(package) is None:
                self.skipTest(f"{package} is not installed")
        code = re.search(r"```python\n(.*?)```", PARTS[heading], re.S).group(1)
        (self.folder / "recipe.py").write_text(code)
        if not (self.folder / "shards").exists():
            (self.folder / "shards").symlink_to(self.shards)
        done = subprocess.run(
            [sys.executable, *launcher, "recipe.py"],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_first_example(self):
        self.assertIn("(4, 16, 16, 3)", self.recipe("the first"))

    def test_a_data_set_to_try_it_with(self):
        for line in re.findall("^    rodprep (.*)", FIRST, re.M):
            subprocess.run([RODPREP, *line.split(), "-q"], cwd=self.folder, check=True)
        self.assertIn("(4, 64, 64, 3)", self.recipe("the first"))

    def test_your_own_pytorch_loop(self):
        self.assertEqual(
            [
                line.split()[0]
                for line in self.recipe("Your own PyTorch loop", "torch").splitlines()
            ],
            ["0", "1"],
        )
        self.assertEqual(self.recipe("Your own PyTorch loop", "torch"), "")  # resumes at its end

    def test_lightning(self):
        self.recipe("Lightning", "torch", "lightning")

    def test_several_gpus(self):
        self.recipe(
            "Several GPUs",
            "torch",
            launcher=("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        )

    def train(self):
        if not os.environ.get("ROD_RODTRAIN"):
            self.skipTest("rodtrain is not built")
        subprocess.run(
            [
                os.environ["ROD_RODTRAIN"],
                "--data",
                self.shards,
                "--logdir",
                self.folder / "run",
                "--arch",
                "resnet10-slim",
                "--image-size",
                "24",
                "--batch-size",
                "4",
                "--max-steps",
                "1",
                "--device",
                "cpu",
                "-q",
            ],
            check=True,
        )

    def test_a_trained_network(self):
        self.train()
        self.assertEqual(
            len(self.recipe("A trained network", "torch").splitlines()), len(self.data["ROD"])
        )

    def test_onnx(self):
        self.train()
        self.recipe("ONNX", "torch", "onnx", "onnxscript", "onnxruntime")

    def test_inspect_the_data(self):
        self.assertIn(f"ROD {len(self.data['ROD'])} ", self.recipe("Inspect the data"))

    def test_every_block_is_tested(self):
        self.assertEqual(len(re.findall("```python", PAGE)), 7)


if __name__ == "__main__":
    unittest.main()
