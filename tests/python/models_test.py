"""rodprep.models gives the module that rodtrain trained: its probabilities are those of `rodtrain
predict`.
"""
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import unittest

from support import DataSetTest, rodprep_program

import rodprep

try:
    import torch

    import rodprep.models
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

RODTRAIN = os.environ.get("ROD_RODTRAIN", "")
if not RODTRAIN:
    print("skipped: rodtrain is not built")
    sys.exit(77)


def rodtrain(*arguments):
    return subprocess.run(
        [RODTRAIN, *map(str, arguments), "-q"], check=True, capture_output=True, text=True
    ).stdout


def written(path, header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


class Models(DataSetTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.large = cls.shards.with_name("large")  # its images are made smaller for the network
        rodprep_program("cache", cls.archive, cls.large, "--size", 40)

    def train(self, *options):
        run = self.folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        rodtrain(
            "--data",
            self.shards,
            "--logdir",
            run,
            "--batch-size",
            4,
            "--max-steps",
            1,
            "--lr",
            0.01,
            "--device",
            "cpu",
            *options,
        )
        return next((run / "checkpoints").glob("step-*.safetensors"))

    def logits(self, network, split):
        with torch.no_grad():
            pixels = [
                torch.stack([torch.from_numpy(sample[name].copy()) for sample in split])
                for name in network.modalities
            ]
            return network(*map(network.preprocess, pixels))

    def assert_equal_to_predict(self, checkpoint, data):
        network = rodprep.models.load(checkpoint)
        with rodprep.open(data) as opened:
            ours = self.logits(network, opened["ROD"]).double().log_softmax(1)
        lines = [
            json.loads(line)
            for line in rodtrain(
                "predict", checkpoint, data, "--split", "ROD", "--device", "cpu", "--json"
            ).splitlines()
        ]
        self.assertEqual(len(lines), len(ours))
        for line, row in zip(lines, ours):
            theirs = torch.tensor(
                [guess["probability"] for guess in line["top"]], dtype=torch.float64
            ).log()
            labels = [network.classes.index(guess["class"]) for guess in line["top"]]
            torch.testing.assert_close(row[labels], theirs, rtol=0, atol=1e-4)

    def test_answers_as_the_program_does(self):
        checkpoint = self.train("--arch", "resnet10-slim", "--image-size", 24)
        self.assert_equal_to_predict(checkpoint, self.shards)
        self.assert_equal_to_predict(checkpoint.with_name("last.safetensors"), self.large)

    def test_every_kind_of_network(self):
        for options in (
            ("resnet50", 24, "rgb", "source-only"),
            ("resnet10", 64, "rgbd", "dann"),
            ("resnet10-slim", 128, "depth", "rotation"),
        ):
            arch, size, modality, method = options
            with self.subTest(options):
                self.assert_equal_to_predict(
                    self.train(
                        "--arch",
                        arch,
                        "--image-size",
                        size,
                        "--modality",
                        modality,
                        "--method",
                        method,
                    ),
                    self.shards,
                )

    def test_reads_exports_of_the_whole_network(self):
        checkpoint = self.train("--arch", "resnet10-slim", "--image-size", 24)
        rodtrain("export", checkpoint, self.folder / "whole.safetensors")
        rodtrain("export", checkpoint, self.folder / "part.safetensors", "--module", "netF")
        expected, found = rodprep.models.load(checkpoint), rodprep.models.load(
            self.folder / "whole.safetensors"
        )
        self.assertEqual(found.classes, self.data.classes)
        for name, tensor in expected.state_dict().items():
            self.assertTrue(torch.equal(tensor, found.state_dict()[name]), name)
        with self.raises(rodprep.DataError, "part.safetensors", "whole network"):
            rodprep.models.load(self.folder / "part.safetensors")

    def test_runs_in_onnxruntime(self):
        for package in ("onnx", "onnxscript", "onnxruntime"):
            if importlib.util.find_spec(package) is None:
                self.skipTest(f"{package} is not installed")
        import onnxruntime
        network = rodprep.models.load(self.train("--arch", "resnet10-slim", "--image-size", 24))
        images = tuple(torch.randn(3, 3, 24, 24, generator=torch.manual_seed(n)) for n in range(2))
        torch.onnx.export(
            network,
            images,
            self.folder / "rr.onnx",
            input_names=["rgb", "depth"],
            output_names=["logits"],
            dynamo=True,
            dynamic_shapes={"images": ({0: torch.export.Dim("batch")},) * 2},
        )
        session = onnxruntime.InferenceSession(self.folder / "rr.onnx")
        for batch in (3, 1, 2):
            feed = {name: image[:batch].numpy() for name, image in zip(("rgb", "depth"), images)}
            with torch.no_grad():
                expected = network(*(image[:batch] for image in images))
            torch.testing.assert_close(
                torch.from_numpy(session.run(["logits"], feed)[0]), expected, rtol=0, atol=1e-4
            )

    def test_refuses_what_is_no_checkpoint(self):
        entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
        options = json.dumps({"arch": "resnet18", "image-size": 24})
        cases = {
            "empty": (b"", b""),
            "list": ([1], b""),
            "cut": ({"a": entry}, b"1234"),
            "backwards": ({"a": {**entry, "data_offsets": [8, 0]}}, b"1" * 8),
            "negative": ({"a": {**entry, "shape": [-2]}}, b"1" * 8),
            "dtype": ({"a": {**entry, "dtype": "F4"}}, b"1" * 8),
            "shape": ({"a": {**entry, "shape": [3]}}, b"1" * 8),
            "deep": (b"[" * 100000, b""),
            "plain": ({"a": entry}, b"1" * 8),
            "arch": (
                {"__metadata__": {"options": options.replace("18", "19"), "classes": "3"}},
                b"",
            ),
            "tensors": ({"__metadata__": {"options": options, "classes": "3"}}, b""),
        }
        for name, (header, body) in cases.items():
            with (
                self.subTest(name),
                self.raises(rodprep.DataError, f"{name}.safetensors", exit_code=3),
            ):
                rodprep.models.load(written(self.folder / f"{name}.safetensors", header, body))
        with self.raises(rodprep.DataError, "absent"):
            rodprep.models.load(self.folder / "absent")
        (self.folder / "long").write_bytes(b"\xff" * 64)
        with self.raises(rodprep.DataError, "long"):
            rodprep.models.load(self.folder / "long")


if __name__ == "__main__":
    unittest.main()
