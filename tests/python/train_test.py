"""Real training: killed in the middle of an epoch it resumes bit for bit, by itself, under
Lightning, and as two processes.
"""
import os
import pathlib
import signal
import subprocess
import sys
import unittest
import warnings

from support import BATCH, DataSetTest, indices

import rodprep

try:
    import torch

    import rodprep.torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

try:
    import lightning
except ImportError:
    lightning = None

TRAIN = pathlib.Path(__file__).with_name("train_torch.py")


class Training(DataSetTest):
    def train(self, checkpoint, die_after=None):
        """The lines of a run, killed once it has printed `die_after` of them."""
        process = subprocess.Popen(
            [sys.executable, TRAIN, self.shards, self.folder / checkpoint],
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if len(lines) == die_after:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.close()
        self.assertEqual(process.wait(), 0 if die_after is None else -signal.SIGKILL)
        return lines

    def test_a_killed_run_resumes_bit_for_bit(self):
        whole = self.train("whole")
        killed = self.train("killed", die_after=3)
        resumed = self.train("killed")
        self.assertEqual(killed, whole[:3])
        self.assertIn(resumed[0], whole[2:4])  # from the last save
        self.assertEqual(resumed, whole[-len(resumed):])
        ours, theirs = (
            torch.load(self.folder / f"{name}.model", weights_only=True)
            for name in ("whole", "killed")
        )
        self.assertTrue(all(torch.equal(ours[name], theirs[name]) for name in ours))

    def test_two_processes_see_the_halves_of_each_batch(self):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "torch.distributed.run",
                "--standalone",
                "--nproc-per-node",
                "2",
                "--redirects",
                "1",
                "--log-dir",
                self.folder / "logs",
                TRAIN,
                self.shards,
                self.folder / "two",
            ],
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = {}
        for log in self.folder.glob("logs/*/*/*/stdout.log"):
            for line in log.read_text().splitlines():
                epoch, batch, _, index = line.split(" ", 3)
                seen.setdefault((int(epoch), int(batch)), []).append(index)
        loader = rodprep.Loader(self.split, BATCH)
        whole = {
            (epoch, n + 1): index for epoch in range(2) for n, index in enumerate(indices(loader))
        }
        self.assertEqual(set(seen), set(whole))
        for step, index in whole.items():
            self.assertEqual(sorted(seen[step]), sorted([str(index[:2]), str(index[2:])]))

    def test_the_sequence_is_rodtrains(self):
        if not os.environ.get("ROD_RODTRAIN"):
            self.skipTest("rodtrain is not built")
        from rodprep.models import read_safetensors
        run, splits = self.folder / "run", [self.split, self.data["ROD"]] * 2
        loader = rodprep.Loader(splits, BATCH, seed=7)
        steps = len(loader) + 3  # into the second epoch
        subprocess.run(
            [
                os.environ["ROD_RODTRAIN"],
                "--data",
                self.shards,
                "--logdir",
                run,
                "--batch-size",
                str(BATCH),
                "--max-steps",
                str(steps),
                "--trace",
                str(steps),
                "--arch",
                "resnet10-slim",
                "--image-size",
                "24",
                "--device",
                "cpu",
                "--seed",
                "7",
                "-q",
            ],
            check=True,
        )
        ours = [step for _ in range(2) for step in loader][:steps]
        for n, step in enumerate(ours, 1):
            _, trace = read_safetensors(run / f"trace/step-{n:09d}.safetensors")
            for name, batch in zip(("source", "target", "source_rot", "target_rot"), step):
                self.assertEqual(
                    batch["index"].tolist(), trace[f"{name}.index"].tolist(), (n, name)
                )

    @unittest.skipIf(lightning is None, "Lightning is not installed")
    def test_lightning_resumes_bit_for_bit(self):
        from train_torch import pixels, resnet

        class Model(lightning.LightningModule):
            def __init__(self):
                super().__init__()
                self.network, self.seen = resnet(3), []

            def training_step(self, batch, _):
                self.seen.append(batch["index"].tolist())
                return torch.nn.functional.cross_entropy(
                    self.network(pixels(batch)), batch["label"]
                )

            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)

        def fit(steps, checkpoint=None):
            torch.manual_seed(1)
            trainer = lightning.Trainer(
                max_steps=steps,
                accelerator="cpu",
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                default_root_dir=self.folder,
            )
            model = Model()
            loader = rodprep.torch.TorchLoader(self.split, BATCH)
            trainer.fit(model, loader, ckpt_path=checkpoint)
            return trainer, model

        warnings.simplefilter("ignore")
        per_epoch = len(rodprep.Loader(self.split, BATCH))
        _, whole = fit(2 * per_epoch)
        for stop in (3, per_epoch + 1):
            trainer, first = fit(stop)
            trainer.save_checkpoint(self.folder / "saved.ckpt")
            _, second = fit(2 * per_epoch, self.folder / "saved.ckpt")
            self.assertEqual(first.seen + second.seen, whole.seen, stop)
            self.assertTrue(
                all(
                    torch.equal(a, b)
                    for a, b in zip(whole.state_dict().values(), second.state_dict().values())
                )
            )


if __name__ == "__main__":
    unittest.main()
