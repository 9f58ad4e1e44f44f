"""C++ sources are formatted as .clang-format says; their lines and those of scripts end at 100
columns.

    check_format.py SOURCE columns          no line is longer, no declaration is torn apart by a
                                            comment at its end
    check_format.py SOURCE clang-format     clang-format would change nothing; exit code 77 where
                                            that version is not installed

Versions of clang-format differ in details, so one is the measure: MAJOR. Other versions are not
asked.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

MAJOR = 14
COLUMNS = 100
FOLDERS = ("lib", "tools", "trainer", "tests")
SCRIPTS = (".py", ".sh", ".sbatch", ".cmake")
# What such a string holds can't always be broken.
LONG_STRING = re.compile(r"""\"[^"]{60,}["\\]|'[^']{60,}'""")
# `type` on one line and `name;  // why` on the next: clang-format breaks there when the comment
# does not fit.
NAME_AND_COMMENT = re.compile(r"^\s+[A-Za-z_]\w*(\(\))?( const)?( = [^;]+)?;  //")


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cc", ".h", ".c"):
                yield path


def scripts(root):
    """What is run or sourced by Python, a shell or CMake."""
    for path in [root / "CMakeLists.txt", *sorted(root.glob(".ci/*"))]:
        yield path
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_relative_to(root / "tools/package"):  # not wrapped yet
                continue
            if path.suffix in SCRIPTS or path.name == "CMakeLists.txt":
                yield path
            elif not path.suffix and path.is_file():
                if path.read_bytes().startswith((b"#!", b"# Sourced")):
                    yield path


def mistakes_of_scripts(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if len(line) > COLUMNS and not LONG_STRING.search(line):
            yield f"{path}:{number}: {len(line)} columns; lines end at {COLUMNS}"


def raw_string_lines(text):
    """The numbers of the lines that a raw string is on: what it holds can't be broken."""
    numbers = set()
    for match in re.finditer(r'R"([^(\s"]*)\(.*?\)\1"', text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        numbers.update(range(first, first + match.group().count("\n") + 1))
    return numbers


def mistakes_of_columns(path):
    text = path.read_text(encoding="utf-8")
    raw = raw_string_lines(text)
    before = ""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > COLUMNS and number not in raw:
            yield f"{path}:{number}: {len(line)} columns; lines end at {COLUMNS}"
        indent, indent_before = (len(part) - len(part.lstrip()) for part in (line, before))
        if (
            NAME_AND_COMMENT.match(line)
            and indent == indent_before + 4
            and re.search(r"[\w>&*]$", before)
            and "//" not in before
        ):
            yield (
                f"{path}:{number}: a declaration that its comment tears apart; put the comment on a"
                " line above it"
            )
        before = line


def clang_format():
    for name in (f"clang-format-{MAJOR}", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run(
                [program, "--version"], capture_output=True, text=True, check=True
            ).stdout
            if re.search(rf"version {MAJOR}\.", version):
                return program
    return None


def mistakes_of_clang_format(root):
    program = clang_format()
    if program is None:
        print(f"skipped: there is no clang-format {MAJOR}")
        sys.exit(77)
    files = list(sources(root))
    share = -(-len(files) // (os.cpu_count() or 1))
    runs = [
        subprocess.Popen(
            [program, "--dry-run", "--Werror", *files[i : i + share]],
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(0, len(files), share)
    ]
    for run in runs:
        message = run.communicate()[1]
        if run.returncode != 0:
            yield from (
                (line for line in message.splitlines() if ": error:" in line)
                if ": error:" in message
                else [message]
            )


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("columns", "clang-format"):
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    if sys.argv[2] == "columns":
        mistakes = [mistake for path in sources(root) for mistake in mistakes_of_columns(path)]
        mistakes += [mistake for path in scripts(root) for mistake in mistakes_of_scripts(path)]
    else:
        mistakes = list(mistakes_of_clang_format(root))
    for mistake in mistakes[:40]:
        print(mistake)
    if mistakes:
        sys.exit(f"{len(mistakes)} places; clang-format -i mends most")


main()
