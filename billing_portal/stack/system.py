"""System libraries and programs: found by looking, brought by apt or unpacked beside us. Standard library only."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
SYSROOT = ROOT / ".sysroot"  # what was unpacked where nothing may be installed
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
TEST_LIBRARIES = {"libatomic.so.1": "libatomic1"}  # Playwright's own node needs it
TEST_PROGRAMS = {"chromium": "chromium", "pdftoppm": "poppler-utils"}
FONT = "truetype/noto/NotoSans-Regular.ttf"
FONT_FOLDERS = (Path("/usr/share/fonts"), SYSROOT / "usr/share/fonts")


def say(*words: object) -> None:
    print("»", *words, flush=True)


def stop(problem: str) -> NoReturn:
    """End with one line: what cannot be done, and how to mend it."""
    sys.exit(f"✗ {problem}")


def quiet(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command; its complaints are kept for the caller's message."""
    words = [str(word) for word in command]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


def provide(lock: str) -> None:
    """Bring the system packages that this set of requirements needs and that are not there."""
    libraries = LIBRARIES | (TEST_LIBRARIES if lock == "dev" else {})
    missing = [package for library, package in libraries.items() if not _has(library)]
    if not any((folder / FONT).exists() for folder in FONT_FOLDERS):
        missing.append("fonts-noto-core")
    if lock == "dev" and as_root() is not None:  # elsewhere the browser tests are skipped, loudly
        missing += [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    if missing:
        bring(missing)


def _has(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return SYSROOT.exists() and any(SYSROOT.rglob(library))
    return True


def as_root() -> list[str] | None:
    """Return the words that make a command run as root, or None where nothing does."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and quiet("sudo", "-n", "true").returncode == 0:
        return ["sudo", "-n"]
    return None


def bring(packages: list[str]) -> None:
    """Install Debian packages, or unpack them into .sysroot where we may not."""
    if not shutil.which("apt-get"):
        stop(f"This machine has no apt-get: install the equivalents of {' '.join(packages)} and start again.")
    prefix = as_root()
    if prefix is not None:
        say("apt-get install", *packages)
        quiet(*prefix, "apt-get", "update")
        words = (
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
        )
        result = quiet(*prefix, *words, *packages)
        if result.returncode == 0:
            return
        say("apt-get could not install:", last_line(result.stderr))
    _unpack([package for package in packages if package not in TEST_PROGRAMS.values()])


def _unpack(packages: list[str]) -> None:
    say("unpacking", *packages, "into .sysroot")
    work = SYSROOT / "apt"
    downloads = work / "cache/archives"
    for folder in (work / "lists/partial", downloads / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = (
        "-o",
        f"Dir::State::lists={work}/lists",
        "-o",
        f"Dir::Cache={work}/cache",
        "-o",
        "Debug::NoLocking=1",
    )
    quiet("apt-get", *options, "update")
    plan = quiet("apt-get", *options, "-s", "--no-install-recommends", "install", *packages).stdout
    needed = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    if not needed or quiet("apt-get", *options, "download", *needed, cwd=downloads).returncode:
        shutil.rmtree(work, ignore_errors=True)
        stop(f"Packages are missing: ask an administrator for `apt-get install {' '.join(packages)}`.")
    for archive in downloads.glob("*.deb"):
        quiet("dpkg", "-x", archive, SYSROOT)
    shutil.rmtree(work)


def use_sysroot() -> None:
    """Let the next program find the unpacked libraries."""
    if SYSROOT.exists():
        folders = sorted({str(path.parent) for path in SYSROOT.rglob("*.so.*")})
        known = os.environ.get("LD_LIBRARY_PATH", "").split(":")
        os.environ["LD_LIBRARY_PATH"] = ":".join(dict.fromkeys(filter(None, folders + known)))


def temporary() -> Path:
    """Return the temporary directory, or /tmp where its name is too long for the sockets in it."""
    folder = Path(tempfile.gettempdir())
    return folder if len(os.fsencode(folder)) <= 40 else Path("/tmp")  # nosec B108 - names below it are checked


def last_line(text: str) -> str:
    """Return the last line that says something: the part of an error worth a place in ours."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no reason given"
