"""The program `rodprep`, run from Python."""
from __future__ import annotations

import os
from typing import Any

from rodprep._errors import Error, from_exit_code

STOPPED_BY_SIGINT = 130


def program() -> str:
    """Finds the program: $ROD_RODPREP, beside the package, among this Python's scripts, or on the
    PATH. Raises Error.
    """
    import shutil
    import site
    import sysconfig
    here = os.path.dirname(os.path.abspath(__file__))
    folders = [os.path.dirname(os.path.dirname(here)),       # of a build
               os.path.join(os.path.dirname(here), "bin"),   # of pip install --target
               sysconfig.get_path("scripts"), os.path.join(site.getuserbase(), "bin")]
    named = os.environ.get("ROD_RODPREP")
    for path in [named] if named else [os.path.join(folder, "rodprep") for folder in folders]:
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    found = None if named else shutil.which("rodprep")
    if found is None:
        raise Error(
            f"the program rodprep is not at {named or ', '.join(folders)} and not on the PATH;"
            " install it with 'pip install .'"
            if not named
            else f"ROD_RODPREP is {named}, which is not a program"
        )
    return found


def command_line(options: dict[str, Any]) -> list[str]:
    """{"size": 256, "on_error": "skip", "split": {"ROD": "list.txt"}, "dry_run": True} as the
    program's options.
    """
    words = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
            continue
        if isinstance(value, dict):
            value = [f"{key}={text_of(one)}" for key, one in value.items()]
        words += [
            f"{option}={text_of(one)}"
            for one in (value if isinstance(value, (list, tuple)) else [value])
        ]
    return words


def text_of(value: Any) -> str:
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def operand(path: str | os.PathLike[str]) -> str:
    """Returns a path that the program can't mistake for an option."""
    text = os.fspath(path)
    return "./" + text if text.startswith("-") else text


def run(command: list[str]) -> dict[str, Any]:
    """Runs the program, shows its progress, returns its JSON report. Raises Error with its message
    and exit code.
    """
    import codecs
    import json
    import pty
    import signal
    import subprocess
    import sys
    import threading

    path = program()
    try:
        # so that it paints its progress, which a notebook can't see on standard error
        terminal, end = pty.openpty()
    except OSError:  # a system without pseudo-terminals: it prints lines
        terminal, end = os.pipe()
    written: list[str] = []

    def show() -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the last writer is gone
                return
            if not piece:
                return
            text = decoder.decode(piece).replace("\r\n", "\n")
            written.append(text)
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except (
                AttributeError,
                OSError,
                ValueError,
            ):  # there is none, or it is closed: the program must not wait for a reader
                pass

    reader = threading.Thread(target=show, daemon=True)
    reader.start()
    try:
        process = subprocess.Popen(
            [path, *command, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=end,
            start_new_session=True,
        )  # only this process passes Ctrl-C on
    finally:
        os.close(end)
    interrupted = False
    while True:
        try:
            report, _ = process.communicate()
            break
        except KeyboardInterrupt:  # once: it saves what is done; again: at once
            process.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
            interrupted = True
    reader.join(timeout=10)
    os.close(terminal)
    if interrupted:
        raise KeyboardInterrupt(
            f"rodprep {command[0]} was stopped and ended with code {process.returncode}; the same"
            " call resumes"
        )
    try:
        answer = json.loads(report) if report.strip() else {}
    except ValueError:
        answer = {}
    if process.returncode != 0:
        message = (
            answer.get("error")
            or "; ".join(answer.get("bad", []))
            or "".join(written).strip()
            or f"rodprep {command[0]} ended with code {process.returncode}"
        )
        raise from_exit_code(str(message), process.returncode)
    return dict(answer)


def prepare(
    source: str | os.PathLike[str], dest: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Makes the data set `dest` from a folder or archive, as `rodprep cache SOURCE DEST` does.
    Resumes an interrupted call.

        rodprep.prepare("ROD-synROD.tar", "shards", size=256, codec="zstd", split={"ROD":
        "list.txt"})

    Options are those of `rodprep cache --help`, with underscores. Use True for a flag, and a list
    or dict for a repeated option. Progress goes to sys.stderr. Returns the program's report. Raises
    Error with its exit_code, DataError for a bad source, KeyboardInterrupt after Ctrl-C.
    """
    return run(["cache", operand(source), operand(dest), *command_line(options)])


def verify(dataset: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """Checks every hash of a data set, as `rodprep verify DATASET` does; repair=SOURCE rebuilds bad
    shards.

    Returns the program's report. Raises DataError naming the damaged files; Error.
    """
    return run(["verify", operand(dataset), *command_line(options)])
