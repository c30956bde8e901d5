"""Bounds that a value must not touch are said as such, and as a person writes them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from kioskd.web.invalid import fault


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        (Annotated[float, Meta(gt=0)], b"0", {"reason": "not_above", "least": 0}),
        (Annotated[float, Meta(lt=2.5)], b"2.5", {"reason": "not_below", "most": "2.5"}),
        (Annotated[float, Meta(ge=-1)], b"-1.5", {"reason": "too_small", "least": -1}),
        (Annotated[float, Meta(le=60)], b"61", {"reason": "too_large", "most": 60}),
        (Annotated[int, Meta(gt=0)], b"0", {"reason": "too_small", "least": 1}),
    ],
)
def test_bounds(kind: Any, raw: bytes, said: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(raw, type=kind)
    assert fault(raised.value) == said
