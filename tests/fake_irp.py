"""The e-invoice portal in memory: our adapter's face, answers signed with a key of the tests."""

import json
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

import pytest

from invoices import inv01, irp
from invoices.irp import Answer
from sandbox.einvoice import signing
from tests import build

SIGNER = signing.make()
OTHER = signing.make()
FROM = build.NOW.date()


@dataclass
class World:
    """What the portal has, what it was asked, and what goes wrong next: each trouble once, in order."""

    documents: dict[tuple[str, str, str], Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # "register", "find"
    troubles: list[Exception | str] = field(
        default_factory=list
    )  # an error, or "lost", "forged", "differs", "irn"
    cancelled: bool = False
    bodies: list[dict] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class FakeIrp:
    world: ClassVar[World] = World()

    def register(self, body: str) -> Answer:
        world, said = self.world, json.loads(body)
        with world.lock:
            world.asked.append("register")
            world.bodies.append(said)
            trouble = world.troubles.pop(0) if world.troubles else ""
            if isinstance(trouble, Exception):
                raise trouble
            document = said["DocDtls"]
            key = (document["Typ"], document["No"], document["Dt"])
            if key in world.documents:
                raise irp.Duplicate("Duplicate IRN")
            answer = world.documents[key] = made(said, trouble, len(world.documents))
            if trouble == "lost":
                raise irp.Away("ReadTimeout")
        return answer

    def find(self, kind: str, number: str, on: date) -> Answer | None:
        with self.world.lock:
            self.world.asked.append("find")
            trouble = self.world.troubles.pop(0) if self.world.troubles else ""
        if isinstance(trouble, Exception):
            raise trouble
        return self.world.documents.get((kind, number, inv01.day(on)))


def made(said: dict, trouble: str, count: int) -> Answer:
    """What the portal answers; a trouble has it signed by another, over another sum, or with another IRN."""
    document, items = said["DocDtls"], said["ItemList"]
    kinds = {short: kind for kind, short in inv01.TYPES.items()}
    on = datetime.strptime(document["Dt"], "%d/%m/%Y").date()
    irn = inv01.irn(said["SellerDtls"]["Gstin"], kinds[document["Typ"]], document["No"], on)
    irn = irn[::-1] if trouble == "irn" else irn
    data = {
        "SellerGstin": said["SellerDtls"]["Gstin"],
        "BuyerGstin": said["BuyerDtls"]["Gstin"],
        "DocNo": document["No"],
        "DocTyp": document["Typ"],
        "DocDt": document["Dt"],
        "TotInvVal": said["ValDtls"]["TotInvVal"] + (1 if trouble == "differs" else 0),
        "ItemCnt": len(items),
        "MainHsnCode": items[0]["HsnCd"],
        "Irn": irn,
        "IrnDt": "2026-11-24 11:31:00",
    }
    return Answer(
        irn=irn,
        ack_number=str(112_610_000_000_001 + count),
        ack_at=irp.moment("2026-11-24 11:31:00"),
        signed_qr=signing.token(data, OTHER if trouble == "forged" else SIGNER),
        signed_invoice=signing.token(said, SIGNER),
        is_cancelled=FakeIrp.world.cancelled,
    )


def switch_on(settings, folder) -> World:
    """E-invoicing from today on, with this portal."""
    from cryptography.hazmat.primitives import serialization as form

    file = folder / "einvoice.pem"
    file.write_bytes(
        SIGNER.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    )
    settings.EINVOICE_ENABLED, settings.EINVOICE_FROM = True, FROM.isoformat()
    settings.EINVOICE_PROVIDER, settings.EINVOICE_PUBLIC_KEY_FILE = "tests.fake_irp.FakeIrp", str(file)
    FakeIrp.world = World()
    return FakeIrp.world


@pytest.fixture
def portal(settings, tmp_path):
    """E-invoicing with a portal in memory, and an empty folder: a PDF of another test may have the same number."""
    storage = settings.STORAGES["documents"] | {"OPTIONS": {"location": str(tmp_path / "documents")}}
    settings.STORAGES = settings.STORAGES | {"documents": storage}
    return switch_on(settings, tmp_path)
