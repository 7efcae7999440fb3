"""Paper mandates: the form that is printed and signed, and its picture that comes back.

A file named for one of `MISTAKES`, like `form_signature_missing.png`, is refused with that reason.
"""

from sandbox import mandates, paying, payments
from sandbox.errors import Refused
from sandbox.store import Doc
from sandbox.world import World

LARGEST = 6 * 1024 * 1024  # bytes
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # how JPEG and PNG begin
# fmt: off
MISTAKES = {
    "unknown_file_type":       "The file type is not supported. Upload a JPEG or PNG.",
    "file_size_exceeds_limit": "The file is larger than 6 MB.",
    "image_not_clear":         "The picture is not clear.",
    "form_mismatch":           "The form is not the one of this order.",
    "form_signature_missing":  "The form is not signed.",
    "form_data_mismatch":      "What the form says is not what was asked for.",
    "form_status_pending":     "A form has been uploaded already and is being looked at.",
}
# fmt: on


def upload(world: World, order: Doc, name: str, picture: bytes, payer: Doc | None = None, **odd: str) -> Doc:
    """Take the signed form: the registration payment is made, and its mandate goes to the bank. Raises Refused."""
    terms = mandates.terms_of(order)
    if not terms or terms["method"] != "nach":
        raise Refused("The order is not for a paper mandate.", field="order_id")
    why = mistake(world, order, name, picture)
    if why:
        raise Refused(MISTAKES[why], field="file", source="customer", step="form_upload", reason=why)
    wish = payer or {}
    payment = paying.begin(world, order, "nach", mandates.instrument(terms, wish), wish, **odd)
    return payments.authorise(world, payment)


def mistake(world: World, order: Doc, name: str, picture: bytes) -> str | None:
    """Return what is wrong with the upload, or None."""
    if order["status"] == "paid" or paying.refusal(world, order):
        return "form_status_pending"
    if not picture.startswith(PICTURES):
        return "unknown_file_type"
    if len(picture) > LARGEST:
        return "file_size_exceeds_limit"
    stem = name.rpartition(".")[0].replace(" ", "_")
    return stem if stem in MISTAKES else None
