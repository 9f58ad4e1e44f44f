"""Draws the figures of RESULTS.md that the README shows: bars of the tables of loaders and of
writers.

    plot.py RESULTS.md OUT.svg

The same tables give the same bytes; a test compares the README's picture with its tables.
"""
import pathlib
import re
import sys

WIDTH, NAMES, BAR, GAP = 860, 300, 20, 8
INK, OURS, OTHERS = "#57606a", "#1f6feb", "#b6bec8"  # readable on white and on black


def table(page, column, first):
    """{row: number} of the column in the table that has a row whose name starts with `first`."""
    for block in re.split(r"\n\s*\n", page):
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in block.splitlines()
            if line.startswith("|")
        ]
        if any(row[0].startswith(first) for row in rows):
            at = rows[0].index(column)
            return {
                row[0]: float(row[at].replace(",", "").strip("*")) for row in rows[2:] if row[at]
            }
    raise SystemExit(f"RESULTS.md has no table with a row {first}")


def bars(title, unit, values, ours, top):
    """SVG lines of one panel, and where the next one starts."""
    lines = [f'<text x="0" y="{top + 16}" font-weight="600">{title}</text>']
    y, longest = top + 30, max(values.values())
    for name, value in values.items():
        width = max(2, round(value / longest * (WIDTH - NAMES - 110)))
        colour = OURS if name.startswith(ours) else OTHERS
        lines += [
            (
                f'<text x="{NAMES - 10}" y="{y + 15}"'
                f' text-anchor="end">{name.replace("ours", "rod")}</text>'
            ),
            f'<rect x="{NAMES}" y="{y}" width="{width}" height="{BAR}" rx="3" fill="{colour}"/>',
            (
                f'<text x="{NAMES + width + 8}" y="{y + 15}">{value:,.{0 if value >= 100 else 2}f}'
                f' {unit}</text>'
            ),
        ]
        y += BAR + GAP
    return lines, y + 14


def picture(page):
    loaders = table(page, "pairs/s", "ours, raw, 2")
    loaders = {
        name.replace("PyTorch DataLoader", "DataLoader").replace(" (torch 2.14.1)", ""): value
        for name, value in loaders.items()
        if not re.search("1 thread|jpeg", name)
    }
    writers = {
        name.replace("cache, ", "rodprep cache, "): value
        for name, value in table(page, "wall s", "tar, then WebDataset").items()
    }
    first, top = bars(
        "Training batches of 256 px RGB-D pairs, two cores: more is better",
        "pairs/s",
        loaders,
        "ours",
        0,
    )
    second, bottom = bars(
        "3,000 pairs from a tar archive to shards, two cores: less is better",
        "s",
        writers,
        "rodprep",
        top,
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom - 14}"'
                f' font-family="sans-serif" font-size="14" fill="{INK}">'
            ),
            *first,
            *second,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    results, out = map(pathlib.Path, sys.argv[1:])
    out.write_text(picture(results.read_text()))
