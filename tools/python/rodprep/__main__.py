"""`python -m rodprep` is `rodprep`."""
import os
import sys

from rodprep._errors import Error
from rodprep._program import program

if __name__ == "__main__":
    try:
        path = program()
    except Error as error:
        sys.exit(f"error: {error}")
    os.execv(path, [path, *sys.argv[1:]])
