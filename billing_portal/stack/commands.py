"""The doors of the two commands: read the words, call one thing, turn signals into an orderly end."""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import NoReturn

from billing_portal.stack import verify
from billing_portal.stack.system import ROOT
from billing_portal.stack.world import throwaway


def run(command: str, words: list[str]) -> int:
    """Run `demo`, `verify` or `benchmark` and return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return {"demo": _demo, "verify": _verify, "benchmark": _benchmark}[command](words)
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _demo(words: list[str]) -> int:
    from billing_portal.stack import check, demo

    parser = argparse.ArgumentParser(
        prog="manage.py demo", description="Run the whole portal on this machine."
    )
    parser.add_argument("--port", type=int, default=8000, help="where the portal answers (default 8000)")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data and begin anew")
    parser.add_argument(
        "--check", action="store_true", help="visit every page as every role, in a throwaway world"
    )
    chosen = parser.parse_args(words)
    return check.run() if chosen.check else demo.run(port=chosen.port, fresh=chosen.fresh)


def _verify(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="manage.py verify",
        description="Run every check and test; with paths or pytest's options, only pytest with them.",
    )
    parser.add_argument("--only", metavar="NAME", help=f"one check: {', '.join(verify.names())}")
    chosen, rest = parser.parse_known_args(words)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return verify.run(only=chosen.only, pytest_words=rest)


def _benchmark(words: list[str]) -> int:
    """Measure in a throwaway world of its own, so that no real row is touched."""
    with throwaway(durable=True) as world:
        environment = {
            **os.environ,
            **world.start_servers(),
            "DOCUMENTS_DIR": str(world.folder / "documents"),
            "ARCHIVES_DIR": str(world.folder / "archives"),
        }
        return subprocess.run(
            [sys.executable, "manage.py", "measure", *words], env=environment, cwd=ROOT, check=False
        ).returncode
