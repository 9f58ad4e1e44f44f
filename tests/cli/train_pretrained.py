"""Weights come from PyTorch's files and go back into PyTorch's modules."""

import os
import sys

if not os.environ.get("ROD_TEST_PYTHON"):
    print("skipped: ROD_TEST_PYTHON is not set")
    sys.exit(77)
if "--with-torch" not in sys.argv:
    os.execv(
        os.environ["ROD_TEST_PYTHON"], [os.environ["ROD_TEST_PYTHON"], __file__, "--with-torch"]
    )

import collections
import time

import torch
from safetensors.torch import load_file

from training import RODTRAIN, SOURCE, check, run, says, small, small_run

sys.path.append(f"{SOURCE}/tests/parity")
import reference  # noqa: E402


def make_files():
    """Files as torchvision, the course's program and PyTorch before 1.6 write them."""
    torch.manual_seed(7)
    state = reference.ResNet("resnet10-slim", 24).state_dict()
    classifier = {"fc.weight": torch.ones(1000, 128), "fc.bias": torch.ones(1000)}
    torch.save(collections.OrderedDict(state, **classifier), "imagenet.pth")
    torch.save(state, "old.pth", _use_new_zipfile_serialization=False)
    network = reference.Network("resnet10-slim", 24, 3, {"netF_rot": 4})
    modules = [network.netG_rgb, network.netG_depth, network.netF, network.netF_rot]
    optimizers = [torch.optim.SGD(module.parameters(), lr=.1, momentum=.9) for module in modules]
    sum(p.sum() for p in network.parameters()).backward()
    for optimizer in optimizers:
        optimizer.step()
    torch.save({"epoch": 40, "time": time.time(), "modules": [m.state_dict() for m in modules],
                "optimizers": [o.state_dict() for o in optimizers]}, "checkpoint.pth")
    torch.save(network.netG_depth.state_dict(), "rgbd-rr_resnet18_netG_depth_epoch40.pth")
    torch.save(network, "whole_module.pth")
    torch.save(network.state_dict(), "network.pth")


def go(folder, *pretrained, steps=1, code=0, **changed):
    options = [word for file in pretrained for word in ("--pretrained", file)]
    small_run(
        "--logdir", folder, "--max-steps", steps, *options, code=code, **{"lr": "0", **changed}
    )


def weights(state):
    """Without what evaluation and one step of batch normalisation move."""
    return {
        name: value
        for name, value in state.items()
        if "running" not in name and "num_batches" not in name
    }


def same(a, b, what):
    check(
        weights(a).keys() == weights(b).keys(), f"{what}: {weights(a).keys() ^ weights(b).keys()}"
    )
    for name, value in weights(a).items():
        check(torch.equal(value, b[name]), f"{what}: {name} differs")


def first_step(folder):
    return load_file(f"{folder}/checkpoints/step-000000001.safetensors")


make_files()
go("imagenet", "imagenet.pth")
go("course", "checkpoint.pth")
go("parts", "imagenet.pth", "rgbd-rr_resnet18_netG_depth_epoch40.pth")
go("again", "course/best.safetensors")
go("bad", "old.pth", code=3)
says("torch.save(torch.load('old.pth'")
go("bad", "whole_module.pth", code=3)
says("reference.Network")
go("bad", "imagenet.pth", code=3, arch="resnet10")
says("conv1.weight is [16,3,3,3], expected [64,3,3,3]")
go("bad", "demo.tar", code=3)
go("bad", "nowhere.pth", code=3)
says("nowhere.pth")
# A resumed run does not read them again.
os.rename("imagenet.pth", "away.pth")
run(
    RODTRAIN,
    *small(
        "--logdir", "imagenet", "--max-steps", 2, "--pretrained", "imagenet.pth", "--resume", lr="0"
    ),
)
os.rename("away.pth", "imagenet.pth")

for words in (["course.pth"], ["course.safetensors"], ["netF.pth", "--module", "netF"]):
    run(RODTRAIN, "export", "course/best.safetensors", *words, "--quiet")
run(RODTRAIN, "export", "course/best.safetensors", "x.pth", "--module", "netX", code=2)

network = reference.Network("resnet10-slim", 24, 3, {"netF_rot": 4})
exported = torch.load("course.pth", weights_only=True)
network.load_state_dict(exported, strict=True)
network.load_state_dict(load_file("course.safetensors"), strict=True)
same(exported, load_file("course.safetensors"), "export")
same(torch.load("network.pth"), exported, "checkpoint.pth")
network.netF.load_state_dict(torch.load("netF.pth", weights_only=True), strict=True)
same(torch.load("netF.pth"), network.netF.state_dict(), "--module")

imagenet, trained = torch.load("imagenet.pth"), first_step("imagenet")
for stream in ("netG_rgb", "netG_depth"):
    for name in weights(imagenet):
        if not name.startswith("fc."):
            check(
                torch.equal(trained[f"{stream}.{name}"], imagenet[name]),
                f"{stream}.{name} is not the file's",
            )
parts = first_step("parts")
check(
    torch.equal(parts["netG_rgb.conv1.weight"], imagenet["conv1.weight"]), "RGB is not ImageNet's"
)
check(
    torch.equal(parts["netG_depth.conv1.weight"], exported["netG_depth.conv1.weight"]),
    "depth is not the course's",
)
same({n: v for n, v in first_step("again").items() if n.startswith("net")}, exported, "from a run")
