"""Child processes: started to end with us, found again by their world's token when we were killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

TOKEN = "PORTAL_WORLD"  # in the environment of every process of a world
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Run in the child before its program starts: ask the kernel for SIGTERM when the parent dies."""
    with contextlib.suppress(AttributeError):  # Linux only
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    words: Sequence[str], log: Path, *, cwd: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own (Ctrl-C reaches only us), its output appended to a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def end(processes: Sequence[subprocess.Popen[bytes]], *, seconds: float) -> None:
    """Ask all to end, then kill the groups of those that did not within the time."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + seconds
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0.01))
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also the ones that its master left behind
        process.wait()


def end_leftovers(token: str, *, seconds: float = 5) -> int:
    """End what a killed supervisor of this world left running; return how many processes that were."""
    found = leftovers(token)
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while leftovers(token) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(leftovers(token), signal.SIGKILL)
    return len(found)


def leftovers(token: str) -> list[int]:
    """Return the processes that carry the token, ourselves excepted. A zombie has no environment left."""
    mark = f"{TOKEN}={token}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
