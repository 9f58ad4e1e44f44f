"""Which sample comes n-th: a second implementation, in NumPy, of what lib/stream/order.h defines.
"""
import dataclasses

import numpy as np

U32, U64 = np.uint32, np.uint64
ROUNDS = 6
MIN_HALF_BITS = 3


def philox(key, counter_high, counter_low):
    """Philox4x32-10 (Salmon et al., SC 2011): the first two words for each of `counter_low` [N]
    u64.
    """
    low32 = U64(0xFFFFFFFF)
    low = np.asarray(counter_low, U64)
    x0, x1 = low & low32, low >> U64(32)
    x2, x3 = np.full_like(low, counter_high & 0xFFFFFFFF), np.full_like(low, counter_high >> 32)
    key0, key1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        product0, product1 = U64(0xD2511F53) * x0, U64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = ((product1 >> U64(32)) ^ x1 ^ U64(key0), product1 & low32,
                          (product0 >> U64(32)) ^ x3 ^ U64(key1), product0 & low32)
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return x0, x1


def derive_seed(seed, value):
    """An independent seed for each value."""
    low, high = philox(seed, 0x5EED, [value])
    return int(low[0]) | int(high[0]) << 32


def permute(size, key, n):
    """A bijection on [0, size) chosen by `key`, of each of `n` [N] u64: a Feistel network with
    cycle walking.
    """
    n = np.array(n, U64)
    half = U64(max(MIN_HALF_BITS, ((size - 1).bit_length() + 1) // 2))
    mask = (U64(1) << half) - U64(1)
    walking = np.arange(n.size)
    while walking.size:
        left, right = n[walking] >> half, n[walking] & mask
        for number in range(ROUNDS):
            left, right = right, left ^ (philox(key, number, right)[0] & mask)
        n[walking] = left << half | right
        walking = walking[n[walking] >= size]
    return n


@dataclasses.dataclass(frozen=True)
class Order:
    """One stream's order over `samples` samples; `kind` is full, window or sequential.

    `block` and `window` belong to kind window: samples of a block (Split.block), and blocks that
    are mixed.
    """
    samples: int
    kind: str = "full"
    seed: int = 1
    stream: int = 0
    block: int = 1
    window: int = 8

    def epoch(self, epoch, begin=0, end=None):
        """Numbers of the samples from the begin-th to before the end-th of an epoch, [end - begin]
        i64.
        """
        n = np.arange(begin, self.samples if end is None else end, dtype=U64)
        if self.kind == "sequential":
            return n.astype(np.int64)
        key = derive_seed(derive_seed(self.seed, self.stream), epoch)
        if self.kind == "full":
            return permute(self.samples, key, n).astype(np.int64)
        if self.kind == "window":
            return self._window(key, n.astype(np.int64))
        raise ValueError(f"order {self.kind!r} is not known; expected full, window or sequential")

    def _window(self, key, n):
        blocks = -(-self.samples // self.block)
        if blocks <= self.window:
            return permute(self.samples, key, n).astype(np.int64)
        full, missing = self.block * self.window, blocks * self.block - self.samples
        last_at = derive_seed(key, 0) % blocks
        last_window = last_at // self.window

        def window_end(window):
            return min((window + 1) * full, blocks * self.block) - (
                missing if window >= last_window else 0
            )

        of_window = np.where(n < window_end(last_window), n, n + missing) // full
        result = np.empty_like(n)
        for window in np.unique(of_window).tolist():
            here = np.flatnonzero(of_window == window)
            begin = window_end(window - 1) if window else 0
            mixed = permute(
                window_end(window) - begin, derive_seed(key, 1 + window), n[here] - begin
            ).astype(np.int64)
            at, inside = window * self.window + mixed // self.block, mixed % self.block
            is_last = np.zeros(at.shape, bool)
            if window == last_window:
                behind = min((window + 1) * self.window, blocks) - 1
                is_last = at == behind
                at = np.where(at == last_at, behind, at)
            place = np.where(is_last, 0, at - (at > last_at))
            block = np.where(is_last, blocks - 1, permute(blocks - 1, key, place).astype(np.int64))
            result[here] = block * self.block + inside
        return result
