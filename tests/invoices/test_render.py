"""The job that makes PDFs: each once, a failure costs nobody else, no half file, no stranger's bytes."""

import hashlib
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from billing_portal.unit import InsideUnit, unit
from invoices import pdf, render, tasks
from invoices.models import DocumentFile
from tests import build
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
NOW = build.NOW
State = DocumentFile.State


def text_of(document) -> bytes:
    """A renderer for tests that are about the job."""
    return f"PDF of {document.number}".encode()


def fails(document) -> bytes:
    raise ValueError("cannot be laid out")


def make_due(count: int = 1) -> list[DocumentFile]:
    account = build.account()
    return [build.charge(account, 100 + number).file for number in range(count)]


def test_bytes_are_kept_with_their_hash(documents):
    [file] = make_due()

    kept = render.render_due(pdf.make, now=NOW)

    file.refresh_from_db()
    data = (documents / file.name).read_bytes()
    assert kept == 1
    assert (file.state, file.size, file.sha256) == (State.READY, len(data), hashlib.sha256(data).hexdigest())
    assert (file.made_at, file.next_attempt_at, file.error) == (NOW, None, "")
    assert data.startswith(b"%PDF-1.7")


def test_run_again_renders_nothing(documents):
    make_due(2)

    assert [render.render_due(text_of, now=NOW), render.render_due(fails, now=NOW)] == [2, 0]


def test_task_renders_what_is_due(documents):
    [file] = make_due()

    tasks.render_documents()

    file.refresh_from_db()
    assert file.state == State.READY


def test_without_fonts_nothing_is_claimed(documents, monkeypatch):
    [file] = make_due()
    monkeypatch.setattr(pdf, "_families", lambda config: set())
    pdf.engine.cache_clear()

    with pytest.raises(pdf.NoFonts, match="fonts-noto-core"):
        tasks.render_documents()

    file.refresh_from_db()
    assert (file.state, file.attempts) == (State.WAITING, 0)


def test_failure_waits_longer_each_time_and_parks_after_eight(documents):
    [file] = make_due()
    now, waits = NOW, []

    while file.state == State.WAITING:
        render.render_due(fails, now=now)
        file.refresh_from_db()
        if file.next_attempt_at:
            waits.append((file.next_attempt_at - now).total_seconds())
            now = file.next_attempt_at

    assert (file.state, file.attempts, file.next_attempt_at) == (State.PARKED, 8, None)
    assert file.error == "ValueError: cannot be laid out"
    assert waits == [60, 120, 240, 480, 960, 1920, 3840]
    assert not list(documents.rglob("*.pdf"))


def test_failure_does_not_stop_the_others(documents):
    bad, good = make_due(2)

    kept = render.render_due(lambda d: fails(d) if d.pk == bad.document_id else text_of(d), now=NOW)

    good.refresh_from_db()
    assert (kept, good.state) == (1, State.READY)


def test_parked_file_can_be_tried_again(documents):
    [file] = make_due()
    DocumentFile.objects.filter(pk=file.pk).update(state=State.PARKED, attempts=8, next_attempt_at=None)

    render.retry(file, reason="x", by=build.user(staff=True), now=NOW)

    assert render.render_due(text_of, now=NOW) == 1


def test_document_that_kills_its_process_is_parked_in_the_end(documents):
    [file] = make_due()
    for number in range(8):  # claimed, never finished
        assert render.claim(NOW + number * render.LEASE)

    render.render_due(text_of, now=NOW + 8 * render.LEASE)

    file.refresh_from_db()
    assert file.state == State.PARKED
    assert render.DIED in file.error


def test_late_finisher_is_refused(documents):
    make_due()
    late = render.claim(NOW)
    other = render.claim(NOW + render.LEASE)

    assert render.keep(other, b"the second one's", now=NOW)
    assert not render.keep(late, b"too late", now=NOW)

    other.refresh_from_db()
    assert (documents / other.name).read_bytes() == b"the second one's"
    assert other.sha256 == hashlib.sha256(b"the second one's").hexdigest()


def test_late_failure_is_refused_too(documents):
    make_due()
    late = render.claim(NOW)
    other = render.claim(NOW + render.LEASE)
    render.keep(other, b"made", now=NOW)

    render.finish(late, fails, now=NOW)

    other.refresh_from_db()
    assert (other.state, other.error) == (State.READY, "")


def test_claim_lasts_two_minutes(documents):
    make_due()
    render.claim(NOW)

    assert render.claim(NOW + render.LEASE - timedelta(seconds=1)) is None
    assert render.claim(NOW + render.LEASE)


def test_rendering_inside_a_unit_is_refused(documents):
    make_due()
    file = render.claim(NOW)

    with pytest.raises(InsideUnit):
        unit(render._made)(file, text_of)


def test_full_disk_leaves_the_file_waiting(documents, monkeypatch):
    [file] = make_due()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    render.render_due(text_of, now=NOW)

    file.refresh_from_db()
    assert (file.state, file.attempts) == (State.WAITING, 1)
    assert "No space left" in file.error
    assert [path for path in documents.rglob("*") if path.is_file()] == []


def test_process_killed_while_writing_leaves_no_half_file(tmp_path):
    code = f"""
import os, signal
from django.conf import settings
settings.configure()
from django.core.files.base import ContentFile
from billing_portal.files import DocumentStorage
class Killed(ContentFile):
    def chunks(self, size=None):
        yield b"half of it"
        os.kill(os.getpid(), signal.SIGKILL)
DocumentStorage(location={str(tmp_path)!r}).save("2026/11/VI-2627-000001.pdf", Killed(b"whole"))
"""

    ended = subprocess.run([sys.executable, "-c", code], check=False)

    assert ended.returncode == -9
    assert not list(tmp_path.rglob("*.pdf"))


def test_downloaded_twice_the_bytes_are_identical(documents, client):
    [file] = make_due()
    render.render_due(pdf.make, now=NOW)
    account = file.document.account
    client.force_login(build.owner(account))
    address = f"/{account.ban}/invoices/{file.document.slug}.pdf"

    first, second = (b"".join(client.get(address).streaming_content) for _ in range(2))

    assert first == second
    assert hashlib.sha256(first).hexdigest() == DocumentFile.objects.get().sha256


def test_web_process_does_not_import_the_renderer():
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'billing_portal.settings';"
        "import billing_portal.wsgi, billing_portal.urls, billing_portal.celery, invoices.tasks;"
        "sys.exit('weasyprint' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.django_db(transaction=True)
def test_in_parallel_each_document_is_rendered_once(documents):
    make_due(12)
    made, lock = [], threading.Lock()

    def count(document) -> bytes:
        with lock:
            made.append(document.number)
        return text_of(document)

    results = together([lambda: render.render_due(count, now=NOW)] * 4)

    assert errors(results) == []
    assert sum(results) == 12
    assert len(made) == len(set(made)) == 12
