"""What other people wrote, as it may be printed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_portal.text import has_hidden, plain, shown


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Lotus Diagnostics", "Lotus Diagnostics"),
        ("  two\r\n\tlines\u2028here ", "two lines here"),
        ("NUL\x00 and bell\x07", "NUL and bell"),
        ("a\u202egnp\u202c.\u2066x\u2069\u200f\u200b", "agnp.x"),
        ("<b>markup</b> & more", "<b>markup</b> & more"),
        ("श्री गणेश", "श्री गणेश"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),  # the joiner is part of the spelling
        ("x" * 10_000, "x" * 39 + "…"),
    ],
)
def test_plain(text, printed):
    assert plain(text, 40) == printed


@given(st.text(max_size=200))
def test_always_one_line_within_the_limit_and_stable(text):
    once = plain(text, 40)

    assert len(once) <= 40
    assert plain(once, 40) == once
    assert not {unicodedata.category(character) for character in once} & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "is_hidden", "cell"),
    [
        ("Lotus\u202ecod.exe", True, "Lotuscod.exe"),
        ("\u2066Lotus\u2069\u202a\u200b\x07", True, "Lotus"),
        ("two\nlines", False, "two\nlines"),
        ("क\u094d\u200dष", False, "क\u094d\u200dष"),
    ],
)
def test_hidden_characters_are_found_and_taken_out_of_a_cell(text, is_hidden, cell):
    assert (has_hidden(text), shown(text)) == (is_hidden, cell)
