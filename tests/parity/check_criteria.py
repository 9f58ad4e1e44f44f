"""Compares the criteria without labels, written by criterion_test.cc, with those of the package
pytorch-adapt. Exits with 77 where that is not installed.

    check_criteria.py FILE.json
"""
import importlib
import importlib.util
import json
import pathlib
import sys
import types

import torch

TOLERANCE = 2e-6  # ours are rounded to six decimals
PACKAGE = "pytorch_adapt"


def validators():
    """The classes by our names. What __init__.py files import besides, such as torchvision, is not
    needed for them: the modules are imported one by one.
    """
    folder = pathlib.Path(importlib.util.find_spec(PACKAGE).submodule_search_locations[0])
    for name in ("", ".validators", ".layers"):
        package = types.ModuleType(PACKAGE + name)
        package.__path__ = [str(folder.joinpath(*name.strip(".").split(".")))]
        sys.modules[PACKAGE + name] = package
    for module, layer in (
        ("bnm_loss", "BNMLoss"),
        ("entropy_loss", "EntropyLoss"),
        ("diversity_loss", "DiversityLoss"),
    ):
        loss = getattr(importlib.import_module(f"{PACKAGE}.layers.{module}"), layer)
        setattr(sys.modules[f"{PACKAGE}.layers"], layer, loss)
    return {
        name: getattr(
            importlib.import_module(f"{PACKAGE}.validators.{name}_validator"),
            f"{name.upper()}Validator",
        )()
        for name in ("im", "bnm", "snd")
    }


def main():
    if not all(importlib.util.find_spec(name) for name in (PACKAGE, "pytorch_metric_learning")):
        print(f"skipped: {PACKAGE} is not installed")
        sys.exit(77)
    cases = json.load(open(sys.argv[1]))
    assert cases
    theirs_by_name = validators()
    for case in cases:
        logits = torch.tensor(case["logits"], dtype=torch.double)
        for name, validator in theirs_by_name.items():
            theirs = validator(target_train={"logits": logits, "preds": logits.softmax(1)})
            ours = case["values"][name]
            assert (
                abs(ours - theirs) <= TOLERANCE
            ), f"{name} of {list(logits.shape)}: {ours}, {PACKAGE} has {theirs}"
    print(f"{len(cases)} cases agree with {PACKAGE}")


main()
