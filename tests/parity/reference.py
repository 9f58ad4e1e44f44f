"""The method in plain PyTorch, written from the paper and the course's description: networks, step, optimiser."""

import torch
from torch import nn
from torch.nn import functional as F

ARCHS = {  # blocks per layer, width, bottleneck
    "resnet10-slim": ([1, 1, 1, 1], 16, False),
    "resnet10": ([1, 1, 1, 1], 64, False),
    "resnet18": ([2, 2, 2, 2], 64, False),
    "resnet34": ([3, 4, 6, 3], 64, False),
    "resnet50": ([3, 4, 6, 3], 64, True),
}


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = width * (4 if bottleneck else 1)
        if bottleneck:
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        else:
            shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
        self.depth = len(shapes)
        for number, (i, o, kernel, step) in enumerate(shapes, 1):
            self.add_module(f"conv{number}", conv(i, o, kernel, step))
            self.add_module(f"bn{number}", nn.BatchNorm2d(o))
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for number in range(1, self.depth + 1):
            y = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(y))
            if number < self.depth:
                y = F.relu(y)
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, arch, image_size):
        super().__init__()
        blocks, width, bottleneck = ARCHS[arch]
        if image_size >= 128:
            self.conv1 = conv(3, width, 7, 2)
        else:
            self.conv1 = conv(3, width, 3, 2 if image_size >= 64 else 1)
        self.pool = image_size >= 128
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for layer, count in enumerate(blocks):
            stages = []
            for block in range(count):
                stride = 2 if layer > 0 and block == 0 else 1
                stages.append(Block(inputs, width << layer, stride, bottleneck))
                inputs = (width << layer) * (4 if bottleneck else 1)
            self.add_module(f"layer{layer + 1}", nn.Sequential(*stages))
        self.outputs = inputs

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pool:
            x = F.max_pool2d(x, 3, 2, 1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class ClassHead(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.fc1 = nn.Sequential(nn.Linear(inputs, 1000), nn.BatchNorm1d(1000), nn.ReLU())
        self.fc2 = nn.Linear(1000, classes)

    def forward(self, feat):
        return self.fc2(self.fc1(feat))


class RotationHead(nn.Module):
    def __init__(self, inputs, units):
        super().__init__()
        self.conv_1x1 = nn.Sequential(nn.Conv2d(inputs, 100, 1), nn.BatchNorm2d(100), nn.ReLU())
        self.conv_3x3 = nn.Sequential(nn.Conv2d(100, 100, 3, 2), nn.BatchNorm2d(100), nn.ReLU())
        self.fc1 = nn.Sequential(nn.Linear(units, 100), nn.BatchNorm1d(100), nn.ReLU())
        self.fc2 = nn.Linear(100, 4)

    def forward(self, map):
        return self.fc2(self.fc1(self.conv_3x3(self.conv_1x1(map)).flatten(1)))


class Network(nn.Module):
    """Without dropout: a trace that is to be repeated is made with --dropout-p 0 --rot-dropout-p 0."""

    def __init__(self, arch, image_size, classes, rotation_head):
        super().__init__()
        self.netG_rgb = ResNet(arch, image_size)
        self.netG_depth = ResNet(arch, image_size)
        self.netF = ClassHead(2 * self.netG_rgb.outputs, classes)
        if rotation_head:
            with torch.no_grad():
                self.netG_rgb.eval()
                side = self.netG_rgb(torch.zeros(1, 3, image_size, image_size)).shape[2]
            self.netF_rot = RotationHead(2 * self.netG_rgb.outputs, 100 * ((side - 3) // 2 + 1) ** 2)
        self.train()

    def features(self, rgb, depth):
        map = torch.cat([self.netG_rgb(rgb), self.netG_depth(depth)], 1)
        return map, F.adaptive_avg_pool2d(map, 1).flatten(1)


def entropy(logits):
    p = F.softmax(logits, dim=1)
    kept = p[p >= 1e-6]
    return -(kept * kept.log()).sum() / len(p)


def source_only(network, batches, weights):
    """The losses of one step; gradients are added to the parameters'."""
    rgb, depth, label = batches["source"]
    loss = F.cross_entropy(network.netF(network.features(rgb, depth)[1]), label)
    loss.backward()
    return {"loss.cls": loss.detach()}


def relative_rotation(network, batches, weights):
    rgb, depth, label = batches["source"]
    loss = F.cross_entropy(network.netF(network.features(rgb, depth)[1]), label)
    losses = {"loss.cls": loss.detach()}
    if weights["ent"] != 0:
        rgb, depth, _ = batches["target"]
        uncertainty = entropy(network.netF(network.features(rgb, depth)[1]))
        losses["loss.ent"] = uncertainty.detach()
        loss = loss + weights["ent"] * uncertainty
    loss.backward()
    for domain in "source", "target":
        rgb, depth, label = batches[f"{domain}_rot"]
        loss = F.cross_entropy(network.netF_rot(network.features(rgb, depth)[0]), label)
        losses[f"loss.rot_{domain}"] = loss.detach()
        (weights["rot"] * loss).backward()
    return losses


METHODS = {  # step, its streams, whether it has a rotation head
    "source-only": (source_only, ["source"], False),
    "rr": (relative_rotation, ["source", "target", "source_rot", "target_rot"], True),
}


def optimizer(network, lr, lr_mult, momentum, weight_decay):
    backbones = [p for n, p in network.named_parameters() if n.startswith("netG_")]
    heads = [p for n, p in network.named_parameters() if not n.startswith("netG_")]
    groups = [{"params": backbones, "lr": lr}, {"params": heads, "lr": lr * lr_mult}]
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, weight_decay=weight_decay)
