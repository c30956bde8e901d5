"""Five thousand chunks of noise for each codec: no crash, no growth, the next good frames are found.

A million, chosen by what code they reach, are thrown by `make fuzz`.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fuzz.codecs import BEGINNINGS, CODECS, PARSERS, seeds, survives

CHUNKS = 10

chunk = st.tuples(st.sampled_from(BEGINNINGS), st.binary(max_size=40)).map(b"".join)


@pytest.mark.parametrize("name", CODECS)
@settings(max_examples=5000 // CHUNKS, deadline=None)
@given(st.lists(chunk, min_size=CHUNKS, max_size=CHUNKS))
def test_noise_is_survived(name: str, noise: list[bytes]) -> None:
    survives(CODECS[name], noise)


@pytest.mark.parametrize("name", CODECS)
def test_recorded_frames_are_survived_cut_anywhere(name: str) -> None:
    for seed in seeds(name):
        survives(CODECS[name], [seed[at : at + 1] for at in range(len(seed))])


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=5000, deadline=None)
@given(st.binary(max_size=80))
@example(b"")
def test_what_is_inside_a_frame_may_be_anything(name: str, data: bytes) -> None:
    parse, good = PARSERS[name]
    parse(data)
    parse(good[: len(data)] + data)
