"""Wheels in the layout of tools/package/wheels.sh, of what is installed in a folder.

wheels_of_tree.py TREE OUT VERSION TORCH [PACKAGE]: of TREE's rodprep, with the Python package in
the folder PACKAGE; and of its rodtrain, if it has one, for the torch of minor version TORCH.
"""
import pathlib
import platform
import sys
import zipfile

tree, out, version, torch = (
    pathlib.Path(sys.argv[1]),
    pathlib.Path(sys.argv[2]),
    sys.argv[3],
    sys.argv[4],
)
package = pathlib.Path(sys.argv[5]) if len(sys.argv) > 5 else None


def write(name, label, tag, parts):
    stem = f"{name}-{version}{label}"
    with zipfile.ZipFile(
        out / f"{stem}-{tag}-manylinux_2_31_{platform.machine()}.whl", "w"
    ) as wheel:
        for part in parts:
            for file in [part] if part.is_file() else sorted(part.rglob("*")):
                place = file.relative_to(tree)
                kind = (
                    pathlib.Path("scripts", *place.parts[1:])
                    if place.parts[0] == "bin"
                    else pathlib.Path("data", place)
                )
                if file.is_file():
                    wheel.write(file, f"{stem}.data/{kind}")
        if package and name == "rodprep":
            for file in sorted(package.iterdir()):
                if file.is_file():
                    wheel.write(file, f"rodprep/{file.name}")
        info = f"{stem}.dist-info"
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}{label}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag:"
            f" {tag}-manylinux_2_31_{platform.machine()}\n",
        )
        wheel.writestr(f"{info}/RECORD", "")


write(
    "rodprep",
    "",
    "py3-none",
    [
        path
        for path in (tree / "bin/rodprep", tree / "lib", tree / "share/man/man1/rodprep.1")
        if path.exists()
    ],
)
if (tree / "bin/rodtrain").exists():
    write("rodtrain", f"+torch{torch}", "py3-none", [tree / "bin/rodtrain", tree / "libexec"])
