"""`verify`: every check in order against throwaway servers, one line each, and an honest exit code."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from billing_portal.stack.production import EXAMPLE as PRODUCTION_VALUES
from billing_portal.stack.system import ROOT, say
from billing_portal.stack.world import throwaway

PYTHON = sys.executable
PACKAGES = tuple(
    name
    for name in ("accounts", "benchmarks", "billing_portal", "credit", "invoices", "payments", "sandbox")
    if any((ROOT / name).rglob("*.py"))
)
APPS = ("accounts", "credit", "invoices", "payments")
LINT_IMPORTS = (
    "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
)
PARALLEL = ("-n", "2", "--dist", "worksteal", "--durations", "8")
NO_TESTS = 5  # pytest's exit code when nothing was collected


@dataclass(frozen=True)
class Check:
    """One line of the summary: a command of the virtualenv's Python, silent unless it fails."""

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    loud: bool = False  # its output is shown while it runs


def _module(name: str, *words: str) -> tuple[str, ...]:
    return ("-m", name, *words)


# fmt: off
CHECKS = (
    Check("format",      _module("ruff", "format", "--check", "--quiet", ".")),
    Check("lint",        _module("ruff", "check", "--quiet", ".")),
    Check("types",       _module("mypy", *PACKAGES)),
    Check("layers",      ("-c", LINT_IMPORTS)),
    Check("templates",   _module("djlint", "--lint", "--quiet", "templates")),
    Check("security",    _module("bandit", "-q", "-c", "pyproject.toml", "-r", *PACKAGES)),
    Check("packages",    _module("deptry", ".")),
    Check("migrations",  ("manage.py", "makemigrations", "--check", "--dry-run")),
    Check("migrating",   ("manage.py", "lintmigrations", "--warnings-as-errors", "--include-apps", *APPS),
          {"DJANGO_SETTINGS_MODULE": "billing_portal.stack.linted"}),
    Check("deployment",  ("manage.py", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION_VALUES),
    Check("tests",       _module("pytest", *PARALLEL), loud=True),
)
# fmt: on


def names() -> list[str]:
    return [check.name for check in CHECKS]


def run(*, only: str | None, pytest_words: list[str]) -> int:
    """Run all checks, or one, or only pytest when it was given words of its own."""
    if only and only not in names():
        say(f"There is no check {only!r}; there are {', '.join(names())}.")
        return 2
    if only and only != "tests":
        chosen = tuple(check for check in CHECKS if check.name == only)
    elif pytest_words:
        chosen = (Check("tests", _module("pytest", *pytest_words), loud=True),)
    else:
        chosen = tuple(check for check in CHECKS if only in (None, check.name))
    with throwaway() as world:
        os.environ.update(world.start_servers())
        os.environ["DOCUMENTS_DIR"] = str(world.folder / "documents")
        os.environ["ARCHIVES_DIR"] = str(world.folder / "archives")
        results = [_take(check) for check in chosen]
    skipped = _skipped() if any(check.name == "tests" for check in chosen) else []
    if len(results) > 1:
        _summarise(chosen, results)
    return _judge([code for code, _seconds in results], skipped)


def _take(check: Check) -> tuple[int, float]:
    """Run one check; return its exit code and its seconds."""
    began = time.monotonic()
    environment = {**os.environ, **(check.environment or {})}
    process = subprocess.run(
        [PYTHON, *check.words],
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=None if check.loud else subprocess.PIPE,
        stderr=None if check.loud else subprocess.STDOUT,
        text=True,
    )
    seconds = time.monotonic() - began
    if process.returncode and not check.loud:
        print(process.stdout.rstrip())
    print(f"{_mark(process.returncode)} {check.name:<12}{seconds:6.1f} s", flush=True)
    return process.returncode, seconds


def _mark(code: int) -> str:
    return "✗" if code else "✓"


def _summarise(chosen: tuple[Check, ...], results: list[tuple[int, float]]) -> None:
    print("\ncheck         result      time")
    for check, (code, seconds) in zip(chosen, results, strict=True):
        print(f"{check.name:<14}{'failed' if code else 'passed':<8}{seconds:6.1f} s")
    print(f"{'together':<22}{sum(seconds for _code, seconds in results):6.1f} s")


def _skipped() -> list[str]:
    """Name what this machine cannot try."""
    programs = {"chromium": "the browser tests", "pdftoppm": "the tests that look at printed pages"}
    return [f"{what} (no {program})" for program, what in programs.items() if not shutil.which(program)]


def _judge(codes: list[int], skipped: list[str]) -> int:
    for what in skipped:
        print(f"⚠ SKIPPED: {what}. Install it (as root: `verify` does) and run again.")
    failed = next((code for code in codes if code), 0)
    if skipped and not failed and os.environ.get("CI"):
        print("✗ CI must not skip anything.")
        return 1
    return failed
