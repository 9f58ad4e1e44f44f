"""Compares changed images, written by appearance_test.cc, with torchvision's own functions.

    check_appearance.py FILE.json

Prints the largest difference of each function, in levels of 255. Exit code 77: torchvision is not
installed.
"""
import json
import sys

import torch

try:
    from torchvision.transforms.v2 import functional
    from torchvision import __version__ as version
except (ImportError, RuntimeError) as missing:  # RuntimeError: it was built for another torch
    print(f"skipped: {missing}")
    sys.exit(77)

TOLERANCE = 0.01  # of 255 levels
MEAN = torch.tensor([.485, .456, .406]).view(3, 1, 1)  # ImageNet's, which erased pixels get


def expected(case, images):
    if case["function"] == "erase":
        return functional.erase(images[:1], *case["value"], MEAN)
    if case["function"] == "rgb_to_grayscale":
        return functional.rgb_to_grayscale(images, num_output_channels=3)
    return torch.stack(
        [getattr(functional, case["function"])(image, case["value"]) for image in images]
    )


def main():
    file = json.load(open(sys.argv[1]))
    images = torch.tensor(file["images"], dtype=torch.float32).permute(0, 3, 1, 2) / 255
    worst = {}
    for case in file["cases"]:
        ours = torch.tensor(case["result"], dtype=torch.float32).permute(0, 3, 1, 2)
        difference = (ours - 255 * expected(case, images)).abs().max().item()
        worst[case["function"]] = max(worst.get(case["function"], 0), difference)
    for function, difference in worst.items():
        print(
            f"{function}: differs from torchvision {version} by {difference:.1e} of 255 levels at"
            " most"
        )
    sys.exit(0 if worst and max(worst.values()) <= TOLERANCE else 1)


main()
