"""The method in plain PyTorch, written from the paper and the course's description: networks, step,
optimiser.
"""

import math

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
            self.downsample = nn.Sequential(
                conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)
            )

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
    def __init__(self, inputs, units, outputs):
        super().__init__()
        self.conv_1x1 = nn.Sequential(nn.Conv2d(inputs, 100, 1), nn.BatchNorm2d(100), nn.ReLU())
        self.conv_3x3 = nn.Sequential(nn.Conv2d(100, 100, 3, 2), nn.BatchNorm2d(100), nn.ReLU())
        self.fc1 = nn.Sequential(nn.Linear(units, 100), nn.BatchNorm1d(100), nn.ReLU())
        self.fc2 = nn.Linear(100, outputs)

    def forward(self, map):
        return self.fc2(self.fc1(self.conv_3x3(self.conv_1x1(map)).flatten(1)))


def domain_head(inputs):
    return nn.Sequential(
        nn.Linear(inputs, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1)
    )


class Network(nn.Module):
    """Without dropout: a trace that is to be repeated is made with --dropout-p 0 --rot-dropout-p 0.

    `heads`: name and outputs of each rotation head; or {"netD": 1}.
    """

    def __init__(self, arch, image_size, classes, heads, modality="rgbd"):
        super().__init__()
        self.modalities = {"rgbd": ["rgb", "depth"]}.get(modality, [modality])
        for name in self.modalities:
            self.add_module(f"netG_{name}", ResNet(arch, image_size))
        first = getattr(self, f"netG_{self.modalities[0]}")
        channels = first.outputs * len(self.modalities)
        self.netF = ClassHead(channels, classes)
        with torch.no_grad():
            first.eval()
            side = first(torch.zeros(1, 3, image_size, image_size)).shape[2]
        for name, outputs in heads.items():
            if name == "netD":
                self.netD = domain_head(channels)
            elif name.removeprefix("netF_rot_") in ("netF_rot", *self.modalities):
                inputs = channels if name == "netF_rot" else first.outputs
                self.add_module(
                    name, RotationHead(inputs, 100 * ((side - 3) // 2 + 1) ** 2, outputs)
                )
        self.train()

    def maps(self, batch):
        return {name: getattr(self, f"netG_{name}")(batch[name]) for name in self.modalities}

    def features(self, batch):
        """The concatenated maps, and their mean over each channel."""
        map = torch.cat(list(self.maps(batch).values()), 1)
        return map, F.adaptive_avg_pool2d(map, 1).flatten(1)

    def classify(self, batch):
        return self.netF(self.features(batch)[1])


def entropy(logits):
    p = F.softmax(logits, dim=1)
    kept = p[p >= 1e-6]
    return -(kept * kept.log()).sum() / len(p)


def source_only(network, batches, weights):
    """The losses of one step; gradients are added to the parameters'."""
    source = batches["source"]
    loss = F.cross_entropy(network.classify(source), source["label"])
    loss.backward()
    return {"loss.cls": loss.detach()}


def with_rotations(task):
    """Classes of the source, certainty on the target, and `task` on the turned batches of both."""

    def step(network, batches, weights):
        source = batches["source"]
        loss = F.cross_entropy(network.classify(source), source["label"])
        losses = {"loss.cls": loss.detach()}
        if weights["ent"] != 0:
            uncertainty = entropy(network.classify(batches["target"]))
            losses["loss.ent"] = uncertainty.detach()
            loss = loss + weights["ent"] * uncertainty
        loss.backward()
        for domain in "source", "target":
            loss = task(network, batches[f"{domain}_rot"])
            losses[f"loss.rot_{domain}"] = loss.detach()
            (weights["rot"] * loss).backward()
        return losses

    return step


def relative_rotation(network, batch):
    return F.cross_entropy(network.netF_rot(network.features(batch)[0]), batch["label"])


def absolute_rotation(network, batch):
    turns = {"rgb": batch["augment"][:, 3], "depth": batch["augment"][:, 4]}
    maps = network.maps(batch)
    return sum(
        F.cross_entropy(getattr(network, f"netF_rot_{name}")(maps[name]), turns[name])
        for name in maps
    )


ANGLES = 65536  # labels are in this part of a full turn


def angle(squeeze):
    def task(network, batch):
        estimate = squeeze(network.netF_rot(network.features(batch)[0])[:, 0])
        expected = batch["label"] * (2 * math.pi / ANGLES)
        return torch.sin(torch.abs(estimate - expected) / 2).abs().mean()

    return task


class ReverseGradient(torch.autograd.Function):
    @staticmethod
    def forward(context, x, factor):
        context.factor = factor
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        return -context.factor * gradient, None


def domain_adversarial(network, batches, weights):
    """Ganin et al., JMLR 2016: one loss; the features get the domain loss's gradient times -lambda.
    """
    ramp = 2 / (1 + math.exp(-10 * weights["progress"])) - 1
    source, target = (network.features(batches[domain])[1] for domain in ("source", "target"))
    classes = F.cross_entropy(network.netF(source), batches["source"]["label"])
    features = ReverseGradient.apply(torch.cat([source, target]), weights["adapt"] * ramp)
    domain = torch.cat([torch.zeros(len(source)), torch.ones(len(target))]).to(features)
    domains = F.binary_cross_entropy_with_logits(network.netD(features)[:, 0], domain)
    (classes + domains).backward()
    return {"loss.cls": classes.detach(), "loss.domain": domains.detach()}


def mean_discrepancy(a, b):
    """Unbiased estimate of the squared MMD (Gretton et al. 2012), row by row."""
    n = len(a)
    rows = torch.cat([a, b])
    distances = torch.stack([((rows - row) ** 2).sum(1) for row in rows])
    width = distances.detach().sum() / (2 * n * (2 * n - 1))
    kernel = sum(torch.exp(-distances / (width * scale)) for scale in (0.25, 0.5, 1, 2, 4)) / 5
    other = ~torch.eye(n, dtype=torch.bool)
    return kernel[:n, :n][other].mean() + kernel[n:, n:][other].mean() - 2 * kernel[:n, n:].mean()


def mean_embedding(network, batches, weights):
    """Long et al., ICML 2015, on the classifier's hidden units and outputs."""
    source, target = (
        network.netF.fc1(network.features(batches[domain])[1]) for domain in ("source", "target")
    )
    logits = network.netF.fc2(source)
    classes = F.cross_entropy(logits, batches["source"]["label"])
    discrepancy = mean_discrepancy(source, target) + mean_discrepancy(
        logits, network.netF.fc2(target)
    )
    (classes + weights["adapt"] * discrepancy).backward()
    return {"loss.cls": classes.detach(), "loss.mmd": discrepancy.detach()}


def feature_norm(ring):
    """Xu et al., ICCV 2019, with the paper's weight 0.05."""

    def step(network, batches, weights):
        source, target = (
            network.netF.fc1(network.features(batches[domain])[1])
            for domain in ("source", "target")
        )
        classes = F.cross_entropy(network.netF.fc2(source), batches["source"]["label"])
        norm = sum(ring(torch.linalg.vector_norm(hidden, dim=1)) for hidden in (source, target))
        (classes + 0.05 * weights["adapt"] * norm).backward()
        return {"loss.cls": classes.detach(), "loss.norm": norm.detach()}

    return step


def stepwise(norms):
    return ((norms - (norms.detach() + 1)) ** 2).mean()


def hard(norms):
    return (norms.mean() - 25) ** 2


DOMAINS = ["source", "target"]
WITH_ROTATIONS = ["source", "target", "source_rot", "target_rot"]
METHODS = {  # step, its streams, the heads beside the classifier
    "source-only": (source_only, ["source"], {}),
    "rr": (with_rotations(relative_rotation), WITH_ROTATIONS, {"netF_rot": 4}),
    "rotation": (
        with_rotations(absolute_rotation),
        WITH_ROTATIONS,
        {"netF_rot_rgb": 4, "netF_rot_depth": 4},
    ),
    "rr-regression": (
        with_rotations(angle(lambda x: torch.sigmoid(x) * 2 * math.pi)),
        WITH_ROTATIONS,
        {"netF_rot": 1},
    ),
    "rr-regression-tanh": (
        with_rotations(angle(lambda x: (torch.tanh(x) + 1) * math.pi)),
        WITH_ROTATIONS,
        {"netF_rot": 1},
    ),
    "dann": (domain_adversarial, DOMAINS, {"netD": 1}),
    "mmd": (mean_embedding, DOMAINS, {}),
    "afn": (feature_norm(stepwise), DOMAINS, {}),
    "afn-hard": (feature_norm(hard), DOMAINS, {}),
}


def optimizer(network, lr, lr_mult, momentum, weight_decay):
    backbones = [p for n, p in network.named_parameters() if n.startswith("netG_")]
    heads = [p for n, p in network.named_parameters() if not n.startswith("netG_")]
    groups = [{"params": backbones, "lr": lr}, {"params": heads, "lr": lr * lr_mult}]
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, weight_decay=weight_decay)
