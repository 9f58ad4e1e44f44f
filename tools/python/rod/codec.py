"""Stored bytes to pixels: lib/shard/FORMAT.md, "The zstd codec"."""
import numpy as np

PACKED, FILTERS = 16, 6


def decompress(stored, max_bytes):
    """One zstd frame that states its size, at most `max_bytes`."""
    import zstandard
    size = zstandard.frame_content_size(stored)
    if not 0 <= size <= max_bytes:
        raise ValueError(f"its zstd frame claims {size} bytes, expected at most {max_bytes}")
    content = zstandard.ZstdDecompressor().decompress(stored)
    return np.frombuffer(content, np.uint8)


def decode_zstd(stored, height, width, channels, dtype):
    """Pixels [height,width,channels] of `dtype`: u8, or u16 where there is one channel."""
    samples, item = width * channels, np.dtype(dtype).itemsize
    content = decompress(stored, height + height * samples * item)
    tags, at = content[:height], height
    residual = np.empty((height, samples), dtype)
    for tag in np.unique(tags).tolist():
        if tag % PACKED >= FILTERS or tag >= PACKED + FILTERS:
            raise ValueError(f"a row has tag {tag}, which is not defined")
        rows = np.flatnonzero(tags == tag)
        row_bytes = (samples + 1) // 2 if tag >= PACKED else samples * item
        stored_rows = content[at:at + rows.size * row_bytes]
        at += rows.size * row_bytes
        if stored_rows.size != rows.size * row_bytes:
            raise ValueError("its rows end before they should")
        stored_rows = stored_rows.reshape(rows.size, row_bytes)
        if tag >= PACKED:
            both = np.stack([stored_rows >> 4, stored_rows & 15], -1).reshape(rows.size, -1)[:, :samples]
            values = both.astype(dtype) - dtype(8)
        else:
            planes = stored_rows.reshape(rows.size, item, samples)
            values = sum(planes[:, i].astype(dtype) << dtype(8 * i) for i in range(item))
        values = values.reshape(rows.size, width, channels)
        for _ in range(tag % PACKED % 3):
            values = np.cumsum(values, axis=1, dtype=dtype)
        residual[rows] = values.reshape(rows.size, samples)
    if at != content.size:
        raise ValueError("bytes are left over behind its rows")
    twice = tags % PACKED >= 3
    image = np.zeros((height + 2, samples), dtype)  # two rows of zeros above
    for y in range(height):
        up = image[y + 1]
        np.add(residual[y], up, out=image[y + 2])
        if twice[y]:
            image[y + 2] += up - image[y]
    return image[2:].reshape(height, width, channels)


def decode_jpeg(stored, height, width):
    """[H,W,3] u8 of one JPEG, as FORMAT.md's section "The jpeg codec" has it. Errors: ValueError."""
    import io

    from PIL import Image
    try:
        pixels = np.asarray(Image.open(io.BytesIO(stored)))
    except OSError as error:
        raise ValueError(str(error)) from error
    if pixels.shape != (height, width, 3):
        raise ValueError(f"it is a JPEG of shape {pixels.shape}, expected {(height, width, 3)}")
    return pixels
