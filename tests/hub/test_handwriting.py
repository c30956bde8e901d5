"""What was written by hand is kept as a picture of strokes and nothing else."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from kioskd.hub.handwriting import HEIGHT, WIDTH, parted, svg

points = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
)


@given(st.lists(st.lists(points, max_size=20), max_size=10), words)
def test_words_and_strokes_come_back(strokes: list[list[tuple[int, int]]], said: str) -> None:
    kept = svg(strokes, said)
    assert parted(kept) == (said, kept)
    drawn = ElementTree.fromstring(kept).iter("{http://www.w3.org/2000/svg}path")
    assert len(list(drawn)) == sum(1 for stroke in strokes if stroke)


@given(words)
def test_plain_words_are_plain_words(said: str) -> None:
    assert parted(said) == (said, "")


def test_nobody_smuggles_anything_in() -> None:
    evil = "</title><script>alert(1)</script>"
    kept = svg([[(1, 2)]], evil)
    assert "<script" not in kept
    assert [node.tag.rpartition("}")[2] for node in ElementTree.fromstring(kept).iter()] == [
        "svg",
        "title",
        "g",
        "path",
    ]
    assert parted(kept)[0] == evil
    assert parted("<svg onload=alert(1)>")[1] == "", "only what was drawn here is a picture"
