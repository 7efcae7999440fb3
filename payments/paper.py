"""PDF files that people hand in: whole, of few pages, and nothing inside that runs or is a file of its own.

The bytes are kept as they came, so whoever opens them later opens what a stranger wrote.
"""

import io
import re

import pikepdf

MOST_PAGES = 200
ALIVE = re.compile(rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia|EmbeddedFile)\b")


class Unsound(ValueError):
    """The file is not kept; the message says why."""


def check(content: bytes, *, largest: int) -> None:
    """Raise Unsound unless `content` is a PDF of at most `largest` bytes that only shows pages."""
    if len(content) > largest:
        raise Unsound(f"The file is larger than {largest // 1_000_000} MB.")
    if not content.startswith(b"%PDF-"):
        raise Unsound("The file is not a PDF.")
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            pages = len(pdf.pages)
            is_alive = any(ALIVE.search(_words(one)) for one in pdf.objects)
    except (pikepdf.PdfError, pikepdf.PasswordError, AttributeError, TypeError, ValueError) as error:
        raise Unsound("The PDF cannot be read: it is damaged, or it has a password.") from error
    if not 0 < pages <= MOST_PAGES:
        raise Unsound(f"The PDF has no page, or more than {MOST_PAGES}.")
    if is_alive:
        raise Unsound(
            "The PDF runs something, or carries a file inside: print it to a new PDF, and take that."
        )


def _words(one: pikepdf.Object) -> bytes:
    """An object as it is written, names decoded; of a stream its dictionary."""
    return one.stream_dict.unparse() if isinstance(one, pikepdf.Stream) else one.unparse(resolved=True)
