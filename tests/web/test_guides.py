"""What the settings know beside the rules, served as the sample files have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kioskd.access.roles import Role
from kioskd.settings import HallSettings, load
from kioskd.web.catalogue import Catalogue
from tests.web.conftest import Hall, Time, running

SAMPLE = Path(__file__).parents[2] / "config" / "demo" / "hall.toml"


@pytest.fixture(scope="module")
def settings() -> HallSettings:
    return load(SAMPLE)


@pytest.fixture
async def sample(tmp_path: Path, time: Time, settings: HallSettings) -> AsyncIterator[Hall]:
    async with running(tmp_path, time, rules=settings.rules) as hall:
        hall.site.catalogue = Catalogue(guide_fields=settings.guide_fields, evaluation=settings.evaluation)
        yield hall


async def test_a_guide_is_read_in_the_order_of_its_fields(sample: Hall, settings: HallSettings) -> None:
    service = (await sample.get("services/YL-001")).json
    fields = [field for field in settings.guide_fields if field.id in service["guide"]]
    assert len(fields) > 5
    assert [entry["id"] for entry in service["guide_fields"]] == [field.id for field in fields]
    for entry, field in zip(service["guide_fields"], fields, strict=True):
        assert entry["name"] == {"zh": field.name.zh, "en": field.name.en}
        assert entry["text"] == service["guide"][field.id]


async def test_a_level_has_the_national_options(sample: Hall, settings: HallSettings) -> None:
    table = (await sample.get("rating-options")).json
    assert table["version"] == settings.evaluation.version
    assert [level["level"] for level in table["levels"]] == [5, 4, 3, 2, 1]
    (bad,) = (await sample.get("rating-options?level=2")).json["levels"]
    assert bad["name"] == "不满意"
    texts = settings.evaluation.options["2"]
    assert {str(one["code"]): (one["text"], one["en"]) for one in bad["options"]} == {
        code: (text.zh, text.en) for code, text in texts.items()
    }
    assert (await sample.get("rating-options?level=6")).code == "query_invalid"


async def test_what_is_offered_may_be_chosen(sample: Hall) -> None:
    """The codes that are shown are those that a rating takes."""
    (bad,) = (await sample.get("rating-options?level=1")).json["levels"]
    issued = await sample.ticket()
    await sample.post("windows/1/call", {"ticket": issued["id"]}, Role.LEAD)
    await sample.post("windows/1/finish", {"rate": True}, Role.LEAD)
    options = [option["code"] for option in bad["options"]]
    rated = await sample.post(f"tickets/{issued['id']}/rating", {"level": 1, "options": options}, Role.KIOSK)
    assert rated.status == 204, rated.raw
