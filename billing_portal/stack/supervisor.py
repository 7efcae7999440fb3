"""Keep named children alive: one that ends is started again, later and later while it keeps ending."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from billing_portal.stack import children
from billing_portal.stack.system import ROOT, last_line, say

LONGEST_WAIT = 30  # seconds between two attempts
STABLE = 60  # seconds after which a child's earlier failures are forgotten
STOP_SECONDS = 10


@dataclass
class Child:
    """A program with its log; `failures` counts ends in a row."""

    name: str
    words: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0
    again: float = field(default=0)  # when to start it again


class Supervisor:
    """Starts, watches and ends children that share one environment."""

    def __init__(
        self, log: Path, environment: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.log, self.environment, self.clock = log, environment, clock
        self.children: list[Child] = []

    def start(self, name: str, *words: str) -> None:
        child = Child(name, words)
        self.children.append(child)
        self._launch(child)

    def tick(self) -> None:
        """Look at each child once; start again those whose time has come."""
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._note_end(child, child.process.returncode)
            elif not child.process and self.clock() >= child.again:
                self._launch(child)

    def stop(self) -> None:
        """End all children, the last started first in line, within STOP_SECONDS."""
        running = [child.process for child in reversed(self.children) if child.process]
        children.end(running, seconds=STOP_SECONDS)

    def complaint(self) -> str:
        """Return the newest reason of a child that keeps ending, or nothing."""
        for child in self.children:
            if child.failures >= 3:
                return (
                    f"{child.name} keeps ending ({last_line(self._log_of(child))}); see {self._path(child)}"
                )
        return ""

    def _launch(self, child: Child) -> None:
        child.process = children.start(child.words, self._path(child), cwd=ROOT, environment=self.environment)
        child.started = self.clock()

    def _note_end(self, child: Child, code: int) -> None:
        lived = self.clock() - child.started
        child.failures = 1 if lived > STABLE else child.failures + 1
        wait = min(2 ** (child.failures - 1), LONGEST_WAIT)
        child.process, child.again = None, self.clock() + wait
        say(f"{child.name} ended with code {code}; starting it again in {wait} s ({self._path(child)})")

    def _path(self, child: Child) -> Path:
        return self.log / f"{child.name}.log"

    def _log_of(self, child: Child) -> str:
        return self._path(child).read_text(errors="replace")[-4000:]
