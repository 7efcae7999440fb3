"""Mail and SMS end in inboxes."""

import base64
import smtplib
from email.message import EmailMessage

import pytest

TEXT = {
    "reference": "notice-1",
    "to": "+919800000001",
    "sender": "KAVERI",
    "template_id": "1107161234567890123",
    "text": "Due ₹590.00 on 30 Nov",
}


def send(box, key="sandbox_sms_key_1", **change):
    body = {name: value for name, value in (TEXT | change).items() if value is not None}
    return box.http.post(f"{box.url}/sms/v1/messages", json=body, headers={"Authorization": f"Bearer {key}"})


def look_up(box, reference):
    headers = {"Authorization": "Bearer sandbox_sms_key_1"}
    return box.http.get(f"{box.url}/sms/v1/messages", params={"reference": reference}, headers=headers).json()


def test_a_text_is_accepted_once_per_reference(box):
    first = send(box).json()

    assert first == {"id": first["id"], "reference": "notice-1", "status": "accepted"}
    assert send(box, text="another").json() == first
    assert look_up(box, "notice-1") == {"items": [first]}
    assert look_up(box, "notice-2") == {"items": []}
    assert box.sms("+919800000001")["text"] == "Due ₹590.00 on 30 Nov"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", "x" * 65),
        ("reference", ""),
        ("to", "9800000001"),
        ("sender", "KAV"),
        ("template_id", "abc"),
        ("text", None),
        ("colour", "red"),
    ],
)
def test_a_wrong_text_is_refused_by_field(box, name, value):
    answer = send(box, **{name: value})

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])


def test_a_wrong_sms_key_is_refused(box):
    assert send(box, key="other").status_code == 401


def test_faults_hit_the_sms_provider_too(box):
    rule = {"on": "request", "path": "/sms/*", "do": {"kind": "answer", "status": 503, "commit": True}}
    box.control("POST", "/faults", rule)

    assert send(box).status_code == 503
    assert len(look_up(box, "notice-1")["items"]) == 1


def mail_out(box, to="asha@example.in"):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "Ihre Rechnung – ₹590",
        "Kaveri <bill@example.in>",
        to,
    )
    message.set_content("Plain")
    message.add_alternative("<p>Rich</p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="invoice.pdf")
    with smtplib.SMTP("127.0.0.1", box.smtp_port, timeout=10) as post:
        post.send_message(message)


def test_a_mail_is_kept_with_its_parts(box):
    mail_out(box)

    mail = box.mail("Asha@example.in")

    assert (mail["subject"], mail["from"], mail["to"]) == (
        "Ihre Rechnung – ₹590",
        "Kaveri <bill@example.in>",
        ["asha@example.in"],
    )
    assert (mail["text"].strip(), "<p>Rich</p>" in mail["html"]) == ("Plain", True)
    [attachment] = mail["attachments"]
    assert (attachment["name"], base64.b64decode(attachment["content"])) == ("invoice.pdf", b"%PDF-1.7")
    assert box.control("GET", "/mail", to="other@example.in")["items"] == []
    assert box.control("DELETE", "/mail") == {"removed": 1}
