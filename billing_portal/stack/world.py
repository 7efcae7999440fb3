"""One world: a folder with its data, its servers, and the environment that leads Django to them.

The demo's world is var/ and stays; a throwaway world lies in the temporary directory and is removed, or,
when its owner was killed, swept by the next one.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from billing_portal.stack import postgres
from billing_portal.stack.postgres import Postgres
from billing_portal.stack.system import say, temporary
from billing_portal.stack.valkey import Valkey

PARTS = (
    "postgres",
    "postgres.new",
    "valkey",
    "documents",
    "sandbox.json",
    "secrets.json",
    "einvoice.pem",
    "einvoices-from",
    "log",
    "run",
    "token",
)
PREFIX = "portal-world-"
LONGEST = 80  # bytes of a socket folder; a Unix socket's whole path may have 107
PLAIN = re.compile(r"[\w./-]+", re.ASCII)  # what needs no quoting in an URL


class World:
    """Data under `folder`. `keep` means durable data; otherwise speed counts and nothing is synced."""

    def __init__(self, folder: Path, *, keep: bool, run_as: tuple[str, ...] | None = None) -> None:
        self.folder, self.keep = folder, keep
        self.run, self.log = folder / "run", folder / "log"
        for part in (self.run, self.log):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.token = self._token()
        self.sockets = self._socket_folder()
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.run_as = run_as

    def start_servers(self) -> dict[str, str]:
        """Start what is not given by DATABASE_URL and REDIS_URL; return both addresses."""
        addresses = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        if not addresses["DATABASE_URL"]:
            options = postgres.LEAN if self.keep else postgres.THROWAWAY
            self.postgres = Postgres(
                self.folder / "postgres", self.sockets, token=self.token, options=options, run_as=self.run_as
            )
            self.postgres.start()
            addresses["DATABASE_URL"] = self.postgres.url
        if not addresses["REDIS_URL"]:
            self.valkey = Valkey(self.folder / "valkey", self.sockets, keep=self.keep, token=self.token)
            self.valkey.start()
            addresses["REDIS_URL"] = self.valkey.url
        return addresses

    def revive(self) -> None:
        """Start again those of our servers that have ended."""
        if self.postgres and not self.postgres.is_running():
            say("PostgreSQL has ended; starting it again")
            self.postgres.start()
        if self.valkey and self.valkey.process and self.valkey.process.poll() is not None:
            say("Valkey has ended; starting it again")
            self.valkey.start()

    def stop_servers(self) -> None:
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()
        if self.sockets != self.run:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def remove(self) -> None:
        """Delete everything, the folder too."""
        self.forget()
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget(self) -> None:
        """Delete this world's data and its name; what else lies in the folder stays."""
        self.stop_servers()
        if self.postgres:
            self.postgres.remove()
        for name in PARTS:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _token(self) -> str:
        """Name this world for good: whoever deletes the folder gets a new world, not the old data."""
        path = self.folder / "token"
        if not path.exists():
            path.write_text(secrets.token_hex(8))
        return path.read_text()

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.run)) <= LONGEST and PLAIN.fullmatch(str(self.run)):
            return self.run
        folder = temporary() / f"portal-run-{self.token}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise PermissionError(f"{folder} is not ours")
        return folder


@contextlib.contextmanager
def throwaway(*, durable: bool = False) -> Iterator[World]:
    """Give a world that is gone afterwards; first sweep those whose owner was killed.

    A durable one syncs its commits, as a real one does: for measuring.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=temporary()))
    with (folder / "owner.new").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        (folder / "owner.new").rename(folder / "owner")  # from here on a sweep may look, and finds it held
        world = World(folder, keep=durable)
        try:
            yield world
        finally:
            world.remove()


def sweep() -> None:
    """Remove our own throwaway worlds that nobody holds any more, with their servers."""
    for folder in temporary().glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid != os.geteuid() or not (folder / "owner").exists():
                continue
            with (folder / "owner").open() as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _abandon(folder)


def _abandon(folder: Path) -> None:
    world = World(folder, keep=False)
    world.postgres = Postgres(folder / "postgres", world.sockets, token=world.token)
    world.remove()
