"""Trains a small ResNet on RGB and depth, saves every two steps, and resumes bit for bit where it
was killed.

    python train_torch.py SHARDS CHECKPOINT            or, in two processes:
    torchrun --nproc-per-node 2 train_torch.py SHARDS CHECKPOINT
"""
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

import rodprep
import rodprep.torch

SPLIT, BATCH, EPOCHS, SAVE_EVERY = "synROD-train", 4, 2, 2


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def resnet(classes):
    return nn.Sequential(
        nn.Conv2d(6, 8, 3, padding=1),
        Block(8, 8, 1),
        Block(8, 16, 2),
        Block(16, 32, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, classes),
    )


def pixels(batch):
    """[B,6,H,W] float32 in -1 to 1: RGB over depth."""
    return torch.cat([batch["rgb"], batch["depth"]], -1).permute(0, 3, 1, 2).float() / 127.5 - 1


def main(shards, checkpoint):
    torch.manual_seed(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    processes = int(os.environ.get("WORLD_SIZE", 1))
    if processes > 1:
        torch.distributed.init_process_group("gloo")
    data = rodprep.open(shards)
    # a process of several gets its part of each batch
    loader = rodprep.torch.TorchLoader(data[SPLIT], BATCH, device=device)
    model = resnet(len(data.classes)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        loader.load_state_dict(saved["loader"])
    parallel = nn.parallel.DistributedDataParallel(model) if processes > 1 else model
    for epoch in range(loader.epoch, EPOCHS):
        loader.set_epoch(epoch)
        for batch in loader:
            loss = F.cross_entropy(parallel(pixels(batch)), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            state = loader.state_dict()
            print(epoch, state["batch"], f"{loss.item():.9f}", batch["index"].tolist(), flush=True)
            if state["batch"] % SAVE_EVERY == 0 and loader.rank == 0:
                torch.save(
                    {
                        "model": model.state_dict(),
                        "optimizer": optimizer.state_dict(),
                        "loader": state,
                    },
                    checkpoint + ".part",
                )
                os.replace(checkpoint + ".part", checkpoint)
    if loader.rank == 0:
        torch.save(model.state_dict(), checkpoint + ".model")


if __name__ == "__main__":
    main(*sys.argv[1:])
