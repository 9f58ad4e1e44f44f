#!/usr/bin/env python3
"""Builds the stand-in for the CUDA libraries that a CUDA build of LibTorch asks for.

    make_stub.py TORCH_LIB CUDA_INCLUDE OUT

OUT then holds links to LibTorch's own libraries and the stand-in under the name of each CUDA
library, so that LD_LIBRARY_PATH=OUT runs a program on it. The links matter: LibTorch's run path
looks for CUDA beside the library.
"""

import pathlib
import re
import subprocess
import sys

SOURCES = ("events.cc", "libraries.cc", "runtime.cc")
CUDA = re.compile(r"lib(cu|nv|nccl)")  # a CUDA library's name


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def needed(library):
    """The names of the CUDA libraries that `library` is linked with."""
    names = (re.search(r"NEEDED.*\[(.*)\]", line) for line in lines("readelf", "-d", str(library)))
    return {name[1] for name in names if name and CUDA.match(name[1])}


def undefined(library):
    """(function, version) of what `library` takes from CUDA; the version is empty where a library
    has none.
    """
    for line in lines("nm", "-D", "--undefined-only", str(library)):
        name, _, version = line.split()[-1].partition("@")
        version = version.lstrip("@")
        if (
            CUDA.match(version)
            or version == "NVSHMEM"
            or (not version and re.match("cu[A-Z]|cusparseLt|nccl[A-Z]|nvshmem", name))
        ):
            yield name, version


def main():
    torch, include, out = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    here = pathlib.Path(__file__).resolve().parent / "stub"
    out.mkdir(parents=True, exist_ok=True)
    libraries = sorted(torch.glob("*.so*"))
    functions = sorted({function for library in libraries for function in undefined(library)})
    names = set().union(*map(needed, libraries)) | {"libcuda.so.1"}

    objects = []
    for source in SOURCES:
        objects.append(out / f"{source}.o")
        subprocess.run(
            [
                "g++",
                "-std=c++20",
                "-O1",
                "-fPIC",
                "-Wall",
                "-Wextra",
                f"-I{include}",
                "-c",
                here / source,
                "-o",
                objects[-1],
            ],
            check=True,
        )
    written = {
        line.split()[-1] for file in objects for line in lines("nm", "--defined-only", str(file))
    }
    counted = out / "counted.c"
    counted.write_text(
        "long stub_call(const char*);\n"
        + "".join(
            f'long {name}(void) {{ return stub_call("{name}"); }}\n'
            for name in sorted({name for name, _ in functions} - written)
        )
    )
    script = out / "versions"
    versions = sorted({version for _, version in functions if version})
    script.write_text(
        "".join(
            f"{version} {{ {' '.join(f'{name};' for name, of in functions if of == version)} }};\n"
            for version in versions
        )
    )
    stub = out / "libcuda_stub.so"
    subprocess.run(
        [
            "g++",
            "-shared",
            "-fPIC",
            "-fno-builtin",
            "-w",
            f"-Wl,--version-script={script}",
            "-x",
            "c",
            counted,
            "-x",
            "none",
            *objects,
            "-o",
            stub,
        ],
        check=True,
    )
    for name in names:
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to(stub.name)
    for library in libraries:
        if library.name not in names:
            (out / library.name).unlink(missing_ok=True)
            (out / library.name).symlink_to(library)
    print(
        f"{len(functions)} functions of {len(names)} libraries,"
        f" {len(written & {name for name, _ in functions})} of them written by hand"
    )


main()
