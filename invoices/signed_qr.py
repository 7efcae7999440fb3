"""The portal's signed QR: is it genuine, and is it about this document? gst reference § 9.4. Pure.

It is a JWS (RS256) whose payload holds ten values as JSON text. The whole token is what is printed as the QR.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from billing_portal import money

PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
FORM = "%Y-%m-%d %H:%M:%S"


Keys = tuple[rsa.RSAPublicKey, ...]


class NotGenuine(Exception):
    """The token is not signed by the portal, or no such token; the message says which."""


@cache
def keys(pem: str) -> Keys:
    """Return the portal's public keys of a PEM text: keys or certificates, several while it changes them.

    Raises ValueError.
    """
    found = []
    for block in PEM.finditer(pem):
        raw = block.group().encode()
        if block.group(1) == "CERTIFICATE":
            key: Any = x509.load_pem_x509_certificate(raw).public_key()
        else:
            key = serialization.load_pem_public_key(raw)
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError("not an RSA key")
        found.append(key)
    if not found:
        raise ValueError("no public key and no certificate in it")
    return tuple(found)


def read(token: str, trusted: Keys) -> dict[str, str]:
    """Return the values of a signed QR, numbers as their text. Raises NotGenuine."""
    try:
        head, body, signature = token.split(".")
        if json.loads(_decoded(head))["alg"] != "RS256":
            raise NotGenuine("it is not signed with RS256")
        if not any(_signs(key, f"{head}.{body}".encode(), _decoded(signature)) for key in trusted):
            raise NotGenuine("it is not signed by the portal")
        data = json.loads(_decoded(body))["data"]
        told = json.loads(data, parse_float=str, parse_int=str)
        return {str(name): str(value) for name, value in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise NotGenuine(f"it cannot be read: {type(error).__name__}") from None


def differences(told: Mapping[str, str], sent: Mapping[str, Any], irn: str) -> list[str]:
    """Return which of the ten values are not those of the payload that was sent; `irn` is the answer's own."""
    document, values, items = sent["DocDtls"], sent["ValDtls"], sent["ItemList"]
    wanted = {
        "SellerGstin": sent["SellerDtls"]["Gstin"],
        "BuyerGstin": sent["BuyerDtls"]["Gstin"],
        "DocNo": document["No"],
        "DocTyp": document["Typ"],
        "DocDt": document["Dt"],
        "ItemCnt": str(len(items)),
        "Irn": irn,
    }
    wrong = [name for name, value in wanted.items() if told.get(name, "").upper() != value.upper()]
    if _paise(told.get("TotInvVal", "")) != values["TotInvVal"].value:
        wrong.append("TotInvVal")
    if told.get("MainHsnCode") not in {item["HsnCd"] for item in items}:
        wrong.append("MainHsnCode")
    if not _is_moment(told.get("IrnDt", "")):
        wrong.append("IrnDt")
    return wrong


def _paise(said: str) -> int | None:
    try:
        return money.typed(said)
    except money.NotAnAmount:
        return None


def _is_moment(said: str) -> bool:
    try:
        return bool(datetime.strptime(said, FORM))
    except ValueError:
        return False


def _signs(key: rsa.RSAPublicKey, signed: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
