"""The exceptions of the package."""
from __future__ import annotations

BAD_INPUT = 3


class Error(Exception):
    """An error of the C++ code or the program, with the corresponding exit code of `rodprep`.

    `exit_code`: 1 failed, 2 wrong arguments, 3 bad input (then it is a DataError), 4 no room, 130
    interrupted.
    """

    exit_code: int

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type[Error], tuple[str, int]]:
        return type(self), (str(self), self.exit_code)


class DataError(Error):
    """A data set is missing, damaged, or not what was requested. The message names the file, and
    the sample if one is affected.
    """

    def __init__(self, message: str, exit_code: int = BAD_INPUT) -> None:
        super().__init__(message, exit_code)


def from_exit_code(message: str, exit_code: int) -> Error:
    return DataError(message) if exit_code == BAD_INPUT else Error(message, exit_code)
