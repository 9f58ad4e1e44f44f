"""Every link, script, command and ROD_ variable in the project's pages, samples and notebook is one
that exists.

check_pages.py SOURCE RODPREP [RODTRAIN]: what a command accepts is asked of its --help.
"""
import functools
import json
import pathlib
import re
import shlex
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1]).resolve()
PROGRAMS = dict(zip(("rodprep", "rodtrain"), sys.argv[2:]))
OPTIONS = {  # of other programs: those that the pages use
    "cmake": "-S -B -G -j --build --install --prefix --strip --target",
    "cpack": "--config -B",
    "pip": "-q --upgrade --no-index --no-deps --find-links",
    "sbatch": (
        "--job-name --output --dependency --kill-on-invalid-dep --wrap --nodes --ntasks-per-node"
        " --gpus-per-node --cpus-per-task"
    ),
    "torchrun": "--nnodes --nproc-per-node --no-python",
}
problems, checked = [], 0


def tracked(*suffixes):
    folders = [
        SOURCE / name for name in ("lib", "trainer", "tools", "tests", "data", ".github", ".ci")
    ]
    files = sorted(SOURCE.glob("*")) + [
        file for folder in folders for file in sorted(folder.rglob("*"))
    ]
    return [file for file in files if file.suffix in suffixes and file.is_file()]


def complain(page, line, what):
    problems.append(f"{page.relative_to(SOURCE)}: {line.strip()[:110]}\n    {what}")


@functools.lru_cache(maxsize=None)
def help_of(*command):
    answer = subprocess.run(
        [PROGRAMS[command[0]], *command[1:], "--help"], capture_output=True, text=True
    )
    return answer.stdout if answer.returncode == 0 else None


def slug(heading):  # as the usual renderers make anchors
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def check_links(page, text):
    for target in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    ):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists():
            complain(page, target, "there is no such file")
        elif anchor and file.suffix == ".md":
            headings = [slug(h) for h in re.findall(r"^#+ (.*)", file.read_text(), flags=re.M)]
            if anchor not in headings:
                complain(page, target, "there is no such heading")


def without_separators(quoted):  # quoted words only look like several commands
    return '""' if re.search("[;|&]", quoted.group()) else quoted.group()


def command_lines(page, text):
    """Lines of code that start a program or script, without prompts and brackets."""
    text = re.sub(r"\\\n\s*", " ", text)
    if page.suffix == ".md":
        code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4,}(.*)", text, flags=re.M)
        code += [
            line
            for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.S)
            for line in block.splitlines()
        ]
    else:
        # what a script's head says to type
        code = re.sub(r"^#  +", "", text, flags=re.M).splitlines()
    for line in code:
        for part in re.split(
            r"\|\||&&|[|;]", re.sub(r"\"[^\"]*\"|'[^']*'", without_separators, line.split("  #")[0])
        ):
            part = re.sub(
                r"^\s*[!$]?\s*((time|srun|exec|nohup|show)\s+(--?[\w-]+(=\S+)?\s+)*)?(\w+=\S*\s+)*",
                "",
                part,
            )
            yield line, part.replace("[", " ").replace("]", " ")


def words_of(part):
    try:
        return shlex.split(part, comments=True)
    except ValueError:
        return part.split()


def flags_of(words):
    return {
        re.match(r"--?[A-Za-z][\w-]*", word).group(0).replace("_", "-")
        for word in words
        if re.match(r"--?[A-Za-z]", word)
    }


def check_program(page, line, words):
    global checked
    program = pathlib.PurePath(words[0]).name
    checked += 1
    command = (program,)
    if program == "rodprep" and len(words) > 1 and not words[1].startswith("-"):
        command = (program, words[1])
        if not re.fullmatch(r"[a-z]+", words[1]):
            return  # a placeholder
    elif (
        program == "rodtrain"
        and len(words) > 1
        and re.fullmatch(r"[a-z]+", words[1])
        and f"rodtrain {words[1]}" in help_of("rodtrain")
    ):
        command = (program, words[1])
    text = help_of(*command)
    if text is None:
        complain(page, line, f"{' '.join(command)}: there is no such command")
        return
    known = {
        flag.replace("_", "-")
        for flag in re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text.split("Examples:")[0])
    } | {"-h", "--help", "--version"}
    for flag in sorted(flags_of(words[1:]) - known):
        complain(page, line, f"{' '.join(command)} has no option {flag}")


def check_script(page, line, words):
    global checked
    word = next((word for word in words[1:] if re.search(r"\.(sh|py|sbatch)$", word)), "")
    script = re.search(r"(^|/)((tools|tests|lib)/.*)", word)  # of this tree, or of a copy of it
    if script is None:
        return
    script = script.group(2)
    checked += 1
    file = SOURCE / script
    if not file.exists():
        complain(page, line, f"there is no {script}")
        return
    own = words[words.index(word) + 1:]
    text = file.read_text()
    for flag in sorted(flags_of(own)):
        # those hand their options on
        if file.name != "test.sh" and file.suffix != ".sbatch" and flag not in text:
            complain(page, line, f"{script} has no option {flag}")


def check_other_program(page, line, words):
    """Its options; and where it starts one of ours, that one's."""
    global checked
    checked += 1
    program = pathlib.PurePath(words[0]).name
    end = next(
        (n for n, word in enumerate(words) if word in PROGRAMS or re.search(r"\.sbatch$", word)),
        len(words),
    )
    for flag in sorted(
        flags_of(word for word in words[1:end] if not word.startswith("-D"))
        - set(OPTIONS[program].split())
    ):
        complain(page, line, f"{program} has no option {flag} that this check knows")
    if end < len(words):
        (check_program if words[end] in PROGRAMS else check_script)(
            page, line, words[end if words[end] in PROGRAMS else 0 :]
        )


@functools.lru_cache(maxsize=None)
def variables():
    """Every ROD_ name in the tree's code, without comments and pages."""
    code = tracked(".sh", ".sbatch", ".in", ".py", ".cc", ".h", ".c", ".txt", ".cmake", ".toml", "")
    return {
        name
        for file in code
        for line in file.read_text(errors="replace").splitlines()
        if not re.match(r"\s*(#|//)", line)
        for name in re.findall(r"\bROD_[A-Z_]*[A-Z]\b", line)
    }


def check_variables(page, text):
    for line in text.splitlines():
        for name in sorted(
            {name.removeprefix("D") for name in re.findall(r"\bD?ROD_[A-Z_]*[A-Z]\b", line)}
            - variables()
        ):
            complain(page, line, f"nothing reads {name}")


def check_commands(page, text):
    for line, part in command_lines(page, text):
        words = words_of(part)
        if not words:
            continue
        name = pathlib.PurePath(words[0]).name
        if name in PROGRAMS:
            check_program(page, line, words)
        elif name in ("bash", "sh", "python", "python3"):
            check_script(page, line, words)
        elif name in OPTIONS:
            check_other_program(page, line, words)
    check_variables(page, text)


def examples_in_help():
    """The examples that the programs themselves print."""
    for program in PROGRAMS:
        text = help_of(program)
        names = re.findall(
            r"^  ([a-z]+)  ", text.partition("Commands:")[2], flags=re.M
        ) + re.findall(rf"{program} ([a-z]+)", text.partition("Other commands:")[2].split("\n")[0])
        for command in [(program,)] + [(program, name) for name in names]:
            yield command, help_of(*command).partition("Examples:")[2]


for page in tracked(".md"):
    text = page.read_text()
    check_links(page, text)
    check_commands(page, text)
for page in [file for file in tracked(".sh", ".sbatch") if file.is_relative_to(SOURCE / "tools")]:
    check_commands(page, page.read_text())
for page in tracked(".ipynb"):
    cells = json.loads(page.read_text())["cells"]
    check_commands(
        page, "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    )
for command, text in examples_in_help():
    for line, part in command_lines(SOURCE / "examples", text):
        if part.startswith("rod"):
            check_program(SOURCE / f"{' '.join(command)} --help", line, words_of(part))

print("\n".join(problems))
print(f"{checked} commands checked, {len(problems)} problems")
sys.exit(1 if problems or checked == 0 else 0)
