"""Real throwaway servers: they start, are recovered after a kill, and leave nothing behind."""

import os
import signal
import socket
import tempfile
import time
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from billing_portal.stack import postgres, valkey, world

pytestmark = pytest.mark.servers


def ask(url: str, query: str = "select current_user") -> object:
    settings = environ.Env.db_url_config(url)
    assert settings["HOST"].startswith("/")
    with psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"]) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.fixture
def none_given(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)


@pytest.fixture
def place(none_given):
    with world.throwaway() as made:
        yield made


def test_servers_answer_are_recovered_after_a_kill_and_leave_nothing(place):
    addresses = place.start_servers()
    assert ask(addresses["DATABASE_URL"]) == "portal"
    redis.from_url(addresses["REDIS_URL"]).set("kept", 1)

    os.kill(place.valkey.process.pid, signal.SIGKILL)
    os.kill(int((place.postgres.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    place.valkey.process.wait()
    while place.postgres.is_running():
        time.sleep(0.05)
    place.revive()

    assert ask(addresses["DATABASE_URL"]) == "portal"
    assert redis.from_url(addresses["REDIS_URL"]).ping()
    place.remove()
    assert not place.folder.exists()
    assert not place.postgres.is_running()


def test_servers_left_running_by_a_killed_supervisor_are_taken_over(place):
    first = place.start_servers()
    left = place.valkey.process

    again = world.World(place.folder, keep=False)
    assert again.start_servers() == first

    assert left.wait(5) is not None
    assert ask(first["DATABASE_URL"]) == "portal"
    again.stop_servers()


@pytest.fixture
def open_folder(monkeypatch):
    """A temporary directory with a short name that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        Path(folder).chmod(0o755)
        for module in (postgres, world):
            monkeypatch.setattr(module, "temporary", lambda: Path(folder))
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_nobody_owns_the_data_where_namespaces_are_refused(none_given, open_folder):
    place = world.World(open_folder / "world", keep=False, run_as=postgres.NOBODY)
    addresses = place.start_servers()

    assert ask(addresses["DATABASE_URL"]) == "portal"
    assert place.postgres.data.stat().st_uid == postgres.NOBODY_ID
    outside = place.postgres.data.parent
    place.remove()
    assert not outside.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_programs_that_nobody_cannot_reach_are_copied_whole(open_folder):
    programs = postgres._copied_programs(postgres.installed(), open_folder)

    assert "18." in postgres.quiet(*postgres.NOBODY, programs / "postgres", "--version").stdout


def test_given_servers_are_used_and_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/portal")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    place = world.World(tmp_path, keep=False)

    assert place.start_servers() == {
        "DATABASE_URL": "postgres://elsewhere/portal",
        "REDIS_URL": "redis://elsewhere",
    }
    assert place.postgres is None
    assert place.valkey is None


def test_a_world_whose_owner_was_killed_is_swept(none_given, open_folder):
    folder = open_folder / f"{world.PREFIX}dead"
    dead = world.World(folder, keep=False)
    dead.start_servers()
    (folder / "owner").touch()

    world.sweep()

    assert not folder.exists()
    assert not dead.postgres.is_running()
    dead.valkey.stop()


def test_a_stale_socket_is_no_obstacle(none_given, tmp_path):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "valkey.sock"))
    server = valkey.Valkey(tmp_path / "data", tmp_path, keep=False, token="test")

    server.start()

    assert redis.from_url(server.url).ping()
    server.stop()
