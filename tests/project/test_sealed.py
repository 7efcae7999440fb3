"""Sealed files: what goes in comes out, and nothing else does."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_portal import sealed

KEY = sealed.new_key()
LINES = st.lists(
    st.text().map(lambda text: text.replace("\n", " ").encode("utf-8", "replace").decode()), max_size=30
)


def written(lines, key=KEY, about="a"):
    out = io.BytesIO()
    content = sealed.write(out, key, lines, about=about)
    return out.getvalue(), content


def read(data, key=KEY, about="a"):
    return list(sealed.read(io.BytesIO(data), key, about=about))


@given(LINES)
def test_what_goes_in_comes_out(lines):
    data, content = written(lines)

    assert read(data) == lines
    assert content == sealed.digest(lines)


def test_many_frames(monkeypatch):
    monkeypatch.setattr(sealed, "FRAME", 50)
    lines = [f"{n} {hash(n)}" for n in range(2000)]
    data, _content = written(lines)

    assert read(data) == lines
    for cut in (len(data) - 1, len(data) // 2, 15, 3, 0):
        with pytest.raises(sealed.Broken):
            read(data[:cut])


def test_a_file_that_ends_at_a_whole_frame_is_refused(monkeypatch):
    monkeypatch.setattr(sealed, "FRAME", 50)
    data, _content = written([f"{n * n * 7919}" for n in range(2000)])
    first = len(sealed.MAGIC) + 8
    size = sealed.LENGTH.unpack(data[first : first + 4])[0]

    with pytest.raises(sealed.Broken):
        read(data[: first + 4 + size])


@pytest.mark.parametrize("place", [0, 10, 30, -1])
def test_a_changed_byte_is_refused(place):
    data, _content = written(["a line of text"] * 20)
    spoiled = bytearray(data)
    spoiled[place] ^= 1

    with pytest.raises(sealed.Broken):
        read(bytes(spoiled))


def test_another_key_or_another_file_s_name_is_refused():
    data, _content = written(["x"])

    with pytest.raises(sealed.Broken):
        read(data, key=sealed.new_key())
    with pytest.raises(sealed.Broken):
        read(data, about="b")


def test_a_key_is_wrapped_by_the_master_key():
    master = sealed.new_key()

    assert sealed.unwrap(sealed.wrap(KEY, master), master) == KEY
    with pytest.raises(sealed.Broken):
        sealed.unwrap(sealed.wrap(KEY, master), sealed.new_key())
