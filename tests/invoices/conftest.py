"""Documents on a disk of their own, and what a PDF says."""

import shutil
import subprocess

import pytest


@pytest.fixture
def documents(settings, tmp_path):
    """The documents storage in an empty folder; returns the folder."""
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}
    return tmp_path


@pytest.fixture
def read_pdf(tmp_path):
    """A function that returns the text of a PDF, cell by cell, or what another tool of poppler says of it."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not there (package poppler-utils)")

    def read(data: bytes, *tool: str) -> str:
        file = tmp_path / "read.pdf"
        file.write_bytes(data)
        words = [*(tool or ("pdftotext", "-raw")), str(file)] + ([] if tool else ["-"])
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    return read
