"""The portal's own signature: JWS with RS256, under a key of the sandbox that is made once and stays with its state."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.store import Doc
from sandbox.world import World

BITS = 2048
META = "einvoice_key"


def key(world: World) -> rsa.RSAPrivateKey:
    """Return the key; a reset keeps that of the process, so that whoever trusts it need not ask again."""
    if world.einvoice_key is None:
        kept = world.store.meta(META)
        world.einvoice_key = _read(kept) if kept else make()
    if world.store.meta(META) is None:
        world.store.set_meta(META, _written(world.einvoice_key))
    made: rsa.RSAPrivateKey = world.einvoice_key
    return made


def make() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, BITS)


def public_pem(world: World) -> str:
    """Return the public key as the portal publishes it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(world).public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def token(data: Doc, signer: rsa.RSAPrivateKey) -> str:
    """Return `{"data": <JSON text>, "iss": "NIC"}` as a signed token."""
    public = signer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    thumb = hashlib.sha1(public, usedforsecurity=False).digest()
    head = {"alg": "RS256", "kid": thumb.hex().upper(), "typ": "JWT", "x5t": _encoded(thumb)}
    body = {"data": _compact(data), "iss": "NIC"}
    signed = ".".join(_encoded(_compact(part).encode()) for part in (head, body))
    signature = signer.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_encoded(signature)}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _written(made: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _read(pem: str) -> rsa.RSAPrivateKey:
    found = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return found
