"""Identifiers and other made-up strings: `prefix_` + 14 alphanumerics, derived from the seed and a counter.

The same seed and the same calls give the same strings; a counter lives in the state, so a restart goes on.
"""

import hashlib
import random
import string

from sandbox.store import Store

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits


class Ids:
    def __init__(self, store: Store, seed: int) -> None:
        self._store, self.seed = store, seed

    def new(self, prefix: str) -> str:
        """Return the next id of this prefix, e.g. `order_` + 14 alphanumerics."""
        return f"{prefix}_{self.text(prefix, 14, ALPHABET)}"

    def digits(self, length: int) -> str:
        """Return a bank's reference; the first digit is not 0."""
        return "6" + self.text("digits", length - 1, string.digits)

    def hex(self, length: int) -> str:
        return self.text("hex", length, "0123456789ABCDEF")

    def text(self, stream: str, length: int, alphabet: str) -> str:
        dice = self.dice(stream)
        return "".join(dice.choices(alphabet, k=length))

    def dice(self, stream: str) -> random.Random:
        """Return chance that depends on seed, stream and how often the stream was asked."""
        name = f"{self.seed}:{stream}:{self._store.count_up(stream)}"
        return random.Random(hashlib.sha256(name.encode()).digest())
