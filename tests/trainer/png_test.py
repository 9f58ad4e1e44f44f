"""Pillow reads the pixels that the PNG writer was given. Arguments: png_tool's paths, with and
without zlib.
"""
import io
import subprocess
import sys

try:
    from PIL import Image
except ImportError:
    print("skipped: this Python has no pillow")
    sys.exit(77)

for tool in sys.argv[1:]:
    # The last is longer than one stored block of deflate.
    for width, height in [(1, 1), (5, 3), (300, 200)]:
        png = subprocess.run(
            [tool, str(width), str(height)], capture_output=True, check=True
        ).stdout
        with Image.open(io.BytesIO(png)) as check:
            check.verify()  # checksums
        image = Image.open(io.BytesIO(png))
        assert (image.size, image.mode) == ((width, height), "RGB"), (image.size, image.mode)
        expected = bytes((i * i & 0xFFFFFFFF) // 7 & 0xFF for i in range(width * height * 3))
        assert image.tobytes() == expected, (tool, width, height)
