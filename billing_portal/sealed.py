"""Sealed files: lines of text, compressed and encrypted as a stream, so that a file of any length needs little memory.

zstandard inside AES-256-GCM frames. Each frame is bound to what the file is about, to its place, and to whether it is
the last one, so that a file that was cut, reordered or taken for another is refused.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

MAGIC = b"KSEAL1\n"
FRAME = 1 << 20  # bytes of compressed data
KEY_BITS = 256
LEVEL = 6  # zstandard's
LENGTH = struct.Struct("!I")


class Broken(Exception):
    """A sealed file is cut, altered, taken for another, or its key is not the right one."""


@dataclass(frozen=True)
class Content:
    """What a file holds: its lines, and the SHA-256 over them, each with its line feed."""

    rows: int
    sha256: str


def new_key() -> bytes:
    """Return a fresh key."""
    return AESGCM.generate_key(KEY_BITS)


def wrap(key: bytes, master: bytes) -> bytes:
    """Return a key locked by the master key (RFC 3394)."""
    return aes_key_wrap(master, key)


def unwrap(wrapped: bytes, master: bytes) -> bytes:
    """Return the key. Raises Broken where the master key is another one."""
    try:
        return aes_key_unwrap(master, wrapped)
    except InvalidUnwrap:
        raise Broken("the key cannot be unwrapped") from None


def digest(lines: Iterable[str]) -> Content:
    """Return what lines would be as a file's content, without writing them."""
    sha, rows = hashlib.sha256(), 0
    for line in lines:
        sha.update(line.encode() + b"\n")
        rows += 1
    return Content(rows, sha.hexdigest())


def write(out: IO[bytes], key: bytes, lines: Iterable[str], *, about: str) -> Content:
    """Write lines sealed; return what was written. No line holds a line feed."""
    sha, rows = hashlib.sha256(), 0
    seal = _Seal(out, key, about)
    pack = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    for line in lines:
        raw = line.encode() + b"\n"
        sha.update(raw)
        rows += 1
        seal.add(pack.compress(raw))
    seal.add(pack.flush())
    seal.close()
    return Content(rows, sha.hexdigest())


def read(source: IO[bytes], key: bytes, *, about: str) -> Iterator[str]:
    """Yield the lines of a sealed file. Raises Broken, at the latest at the end: trust nothing before it."""
    unpack = zstandard.ZstdDecompressor().decompressobj()
    rest = b""
    try:
        for frame in _frames(source, key, about):
            *whole, rest = (rest + unpack.decompress(frame)).split(b"\n")
            yield from (line.decode() for line in whole)
    except (zstandard.ZstdError, UnicodeDecodeError) as error:
        raise Broken(str(error)) from error
    if rest or not unpack.eof:
        raise Broken("the file is cut")


class _Seal:
    """Encrypts frames and writes them, each under a number of its own."""

    def __init__(self, out: IO[bytes], key: bytes, about: str) -> None:
        self.out, self.cipher, self.about = out, AESGCM(key), about
        self.salt, self.number, self.waiting = os.urandom(8), 0, bytearray()
        out.write(MAGIC + self.salt)

    def add(self, data: bytes) -> None:
        self.waiting += data
        while len(self.waiting) > FRAME:
            self._write(bytes(self.waiting[:FRAME]), is_last=False)
            del self.waiting[:FRAME]

    def close(self) -> None:
        self._write(bytes(self.waiting), is_last=True)

    def _write(self, data: bytes, *, is_last: bool) -> None:
        nonce = self.salt + LENGTH.pack(self.number)
        sealed = self.cipher.encrypt(nonce, data, _bound(self.about, is_last))
        self.out.write(LENGTH.pack(len(sealed)) + sealed)
        self.number += 1


def _frames(source: IO[bytes], key: bytes, about: str) -> Iterator[bytes]:
    head = source.read(len(MAGIC) + 8)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + 8:
        raise Broken("this is no sealed file")
    salt, cipher, number = head[len(MAGIC) :], AESGCM(key), 0
    given = _next(source)
    while given:
        following = _next(source)
        try:
            yield cipher.decrypt(salt + LENGTH.pack(number), given, _bound(about, not following))
        except InvalidTag:
            raise Broken(f"frame {number} is not what was written") from None
        given, number = following, number + 1
    if not number:
        raise Broken("the file is empty")


def _next(source: IO[bytes]) -> bytes:
    head = source.read(LENGTH.size)
    if not head:
        return b""
    if len(head) < LENGTH.size or LENGTH.unpack(head)[0] > FRAME + 1024:
        raise Broken("the file is cut")
    data = source.read(LENGTH.unpack(head)[0])
    if len(data) < LENGTH.unpack(head)[0]:
        raise Broken("the file is cut")
    return data


def _bound(about: str, is_last: bool) -> bytes:
    return f"{about}\n{'last' if is_last else 'more'}".encode()
