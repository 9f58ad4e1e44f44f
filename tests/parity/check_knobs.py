"""Compares learning rates and averaged weights, written by learning_rate_test.cc and
weight_average_test.cc, with PyTorch's own classes.

    check_knobs.py FILE.json
"""
import json
import sys

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

TOLERANCE = 1e-6


def factors(steps, every, make):
    """What a scheduler of PyTorch, called after every so many steps, makes of a learning rate of 1.
    """
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % every == 0:
            scheduler.step()
    return rates


def check_schedule(case):
    steps, total, warmup = len(case["factors"]), case["total_steps"], case["warmup_steps"]
    make = {
        "constant": lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=total),
        "inverse": lambda o: lr_scheduler.LambdaLR(
            o, lambda t: (1 + 10 * min(1, t / total)) ** -0.75
        ),
        "step": lambda o: lr_scheduler.StepLR(o, step_size=case["step_size"], gamma=case["gamma"]),
    }[case["schedule"]]
    expected = factors(steps, case["epoch_steps"] if case["schedule"] == "step" else 1, make)
    if warmup > 1:
        rises = factors(
            steps,
            1,
            lambda o: lr_scheduler.LinearLR(o, start_factor=1 / warmup, total_iters=warmup - 1),
        )
        expected = [a * b for a, b in zip(expected, rises)]
    for step, (ours, theirs) in enumerate(zip(case["factors"], expected)):
        assert abs(ours - theirs) <= TOLERANCE, f"{case}: step {step}: {ours}, PyTorch has {theirs}"


def check_average(case):
    class Weights(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(len(case["live"][0]), dtype=torch.double))
            self.register_buffer("mean", torch.zeros(len(case["live"][0]), dtype=torch.double))

    model = Weights()
    average = AveragedModel(
        model, multi_avg_fn=get_ema_multi_avg_fn(case["decay"]), use_buffers=True
    )
    for step, (live, ours) in enumerate(zip(case["live"], case["average"])):
        with torch.no_grad():
            model.weight.copy_(torch.tensor(live))
            model.mean.copy_(torch.tensor(live))
        average.update_parameters(model)
        for theirs in (average.module.weight, average.module.mean):
            difference = (theirs - torch.tensor(ours, dtype=torch.double)).abs().max().item()
            assert difference <= TOLERANCE, f"average after step {step}: differs by {difference}"


def main():
    cases = json.load(open(sys.argv[1]))
    assert cases
    for case in cases:
        (check_average if "live" in case else check_schedule)(case)
    print(f"{len(cases)} cases agree with torch {torch.__version__}")


main()
