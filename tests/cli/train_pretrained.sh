# Weights come from PyTorch's files and go back into PyTorch's modules.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
[ -n "${ROD_TEST_PYTHON:-}" ] || { echo "skipped: ROD_TEST_PYTHON is not set"; exit 77; }
export PYTHONPATH="$ROD_SOURCE/tests/parity"

# Files as torchvision, the course's program and PyTorch before 1.6 write them.
"$ROD_TEST_PYTHON" - <<'PYTHON'
import collections, time, torch, reference
torch.manual_seed(7)
backbone = reference.ResNet("resnet10-slim", 24)
state = backbone.state_dict()
torch.save(collections.OrderedDict(state, **{"fc.weight": torch.ones(1000, 128), "fc.bias": torch.ones(1000)}), "imagenet.pth")
torch.save(state, "old.pth", _use_new_zipfile_serialization=False)
network = reference.Network("resnet10-slim", 24, 3, {"netF_rot": 4})
modules = [network.netG_rgb, network.netG_depth, network.netF, network.netF_rot]
optimizers = [torch.optim.SGD(m.parameters(), lr=.1, momentum=.9) for m in modules]
sum(p.sum() for p in network.parameters()).backward()
for optimizer in optimizers: optimizer.step()
torch.save({"epoch": 40, "time": time.time(), "modules": [m.state_dict() for m in modules],
            "optimizers": [o.state_dict() for o in optimizers]}, "checkpoint.pth")
torch.save(network.netG_depth.state_dict(), "rgbd-rr_resnet18_netG_depth_epoch40.pth")
torch.save(network, "whole_module.pth")
torch.save(network.state_dict(), "network.pth")
PYTHON

small_options="${small_options/--lr 0.01/--lr 0}"
go() { small_run --logdir "$1" --max-steps 1 "${@:2}"; }
go imagenet --pretrained imagenet.pth
go course --pretrained checkpoint.pth
go parts --pretrained imagenet.pth --pretrained rgbd-rr_resnet18_netG_depth_epoch40.pth
go again --pretrained course/best.safetensors
expect 3 go bad --pretrained old.pth
says "torch.save(torch.load('old.pth'"
expect 3 go bad --pretrained whole_module.pth
says 'reference.Network'
expect 3 "$RODTRAIN" ${small_options/resnet10-slim/resnet10} --logdir bad --max-steps 1 --pretrained imagenet.pth
says 'conv1.weight is \[16,3,3,3\], expected \[64,3,3,3\]'
expect 3 go bad --pretrained demo.tar
expect 3 go bad --pretrained nowhere.pth
says nowhere.pth
# A run that goes on does not read them again.
mv imagenet.pth away.pth
small_run --logdir imagenet --max-steps 2 --pretrained imagenet.pth --resume
mv away.pth imagenet.pth

"$RODTRAIN" export course/best.safetensors course.pth --quiet
"$RODTRAIN" export course/best.safetensors course.safetensors --quiet
"$RODTRAIN" export course/best.safetensors netF.pth --module netF --quiet
expect 2 "$RODTRAIN" export course/best.safetensors x.pth --module netX
"$ROD_TEST_PYTHON" - <<'PYTHON'
import torch, reference
from safetensors.torch import load_file

def weights(state):
    """Without what evaluation and one step of batch normalisation move."""
    return {n: v for n, v in state.items() if "running" not in n and "num_batches" not in n}

def same(a, b, what):
    assert weights(a).keys() == weights(b).keys(), (what, weights(a).keys() ^ weights(b).keys())
    for name, value in weights(a).items():
        assert torch.equal(value, b[name]), (what, name)

network = reference.Network("resnet10-slim", 24, 3, {"netF_rot": 4})
exported = torch.load("course.pth", weights_only=True)
network.load_state_dict(exported, strict=True)
network.load_state_dict(load_file("course.safetensors"), strict=True)
same(exported, load_file("course.safetensors"), "export")
same(torch.load("network.pth"), exported, "checkpoint.pth")
network.netF.load_state_dict(torch.load("netF.pth", weights_only=True), strict=True)
same(torch.load("netF.pth"), network.netF.state_dict(), "--module")

imagenet = torch.load("imagenet.pth")
run = load_file("imagenet/checkpoints/step-000000001.safetensors")
for stream in "netG_rgb", "netG_depth":
    for name in weights(imagenet):
        if not name.startswith("fc."):
            assert torch.equal(run[f"{stream}.{name}"], imagenet[name]), name
run = load_file("parts/checkpoints/step-000000001.safetensors")
assert torch.equal(run["netG_rgb.conv1.weight"], imagenet["conv1.weight"])
assert torch.equal(run["netG_depth.conv1.weight"], exported["netG_depth.conv1.weight"])
run = load_file("again/checkpoints/step-000000001.safetensors")
same({n: v for n, v in run.items() if n.startswith("net")}, exported, "from a run")
PYTHON
