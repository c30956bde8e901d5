"""The sample catalogue is as full as a real hall's."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from drivers.printer.api import Code, Text
from kioskd.hall.rules import PromiseKind, Service
from kioskd.hub.layout import FIELDS, LAYOUTS, fill
from kioskd.settings import HallSettings, Problem, load
from kioskd.settings.check_catalogue import read_evaluation
from tests.settings.small import CONFIG

LAWS = "《"


@pytest.fixture(scope="module")
def sample() -> HallSettings:
    return load(CONFIG / "sample" / "hall.toml")


@pytest.fixture(scope="module")
def services(sample: HallSettings) -> tuple[Service, ...]:
    return sample.rules.services


def test_more_than_a_hundred_services_in_three_zones_and_six_queues(services: tuple[Service, ...]) -> None:
    assert len(services) >= 100
    assert len({service.code for service in services}) == len(services)
    assert len({service.name.zh for service in services}) == len(services)
    assert len({service.zone for service in services}) == 3
    assert len({service.queue for service in services}) == 6


def test_every_field_of_every_guide_is_filled_in_in_both_languages(sample: HallSettings) -> None:
    fields = [field.id for field in sample.guide_fields]
    assert len(fields) == 11
    for service in sample.rules.services:
        assert list(service.guide) == fields
        for text in (service.name, *service.guide.values()):
            assert text.zh.strip()
            assert text.en.strip()
            assert text.en.isascii() or set(text.en) - set(map(chr, range(128))) <= set("–’"), text.en


def test_guides_differ_from_service_to_service(services: tuple[Service, ...]) -> None:
    for field in ("who", "conditions", "process", "result"):
        texts = Counter(service.guide[field].zh for service in services)
        assert texts.most_common(1)[0][1] <= 8, texts.most_common(1)
        assert len(texts) > 0.85 * len(services), field


def test_every_service_names_the_law_it_rests_on(services: tuple[Service, ...]) -> None:
    for service in services:
        assert LAWS in service.guide["basis"].zh, service.code


def test_every_service_promises_a_time_and_is_found_by_initials(services: tuple[Service, ...]) -> None:
    for service in services:
        assert service.promise is not None
        number = (
            service.promise.days if service.promise.kind is PromiseKind.LIMITED else service.promise.minutes
        )
        assert str(number) in service.guide["time_limit"].zh
        assert service.initials
        assert len(service.initials) == sum("\u4e00" <= sign <= "\u9fff" for sign in service.name.zh)


def test_a_service_lies_in_the_zone_of_its_queue(sample: HallSettings) -> None:
    zones = {queue.id: queue.zone for queue in sample.rules.queues}
    assert all(service.zone == zones[service.queue] for service in sample.rules.services)


def test_numbers_are_plainly_made_up(sample: HallSettings) -> None:
    assert all("0000-00000000" in service.guide["phone"].zh for service in sample.rules.services)
    assert all("样员" in teller.name for teller in sample.rules.tellers)


def test_the_rating_options_are_the_national_ones() -> None:
    table = tomllib.loads((CONFIG / "evaluation-options.toml").read_text(encoding="utf-8"))
    assert {level: len(options) for level, options in table["options"].items()} == dict.fromkeys("54321", 8)
    texts = [text for options in table["options"].values() for text in options.values()]
    assert all(text["en"].isascii() for text in texts), "every one has its English"
    assert len({text["en"] for text in texts}) == len({text["zh"] for text in texts}) == len(texts)


def test_rating_options_without_english_are_read_as_ever(tmp_path: Path) -> None:
    """A hall's own file, or one of a release that knew Chinese only."""
    text = (CONFIG / "evaluation-options.toml").read_text(encoding="utf-8")
    former = tmp_path / "evaluation-options.toml"
    former.write_text(re.sub(r'\{ zh = ("[^"]*"), en = "[^"]*" \}', r"\1", text), encoding="utf-8")
    assert 'en = "' not in former.read_text(encoding="utf-8")
    problems: list[Problem] = []
    table = read_evaluation(former, problems)
    assert problems == []
    now = read_evaluation(CONFIG / "evaluation-options.toml", problems)
    assert table is not None
    assert now is not None
    for level, options in now.options.items():
        assert {code: one.zh for code, one in options.items()} == {
            code: one.zh for code, one in table.options[level].items()
        }
        assert {one.en for one in table.options[level].values()} == {""}


@pytest.mark.parametrize(
    ("new", "path", "code"),
    [
        ('207 = { zh = "没有", eng = "None" }', "options.2.207.eng", "key.unknown"),
        ('207 = { en = "None" }', "options.2.207.zh", "key.missing"),
        ('207 = { zh = "没有", en = 5 }', "options.2.207.en", "type.wrong"),
        ("207 = 5", "options.2.207", "type.wrong"),
        ('2o7 = { zh = "没有" }', "options.2", "rating.code"),
    ],
)
def test_a_slip_in_the_rating_options_is_found_where_it_is(
    new: str, path: str, code: str, tmp_path: Path
) -> None:
    text = (CONFIG / "evaluation-options.toml").read_text(encoding="utf-8")
    file = tmp_path / "evaluation-options.toml"
    file.write_text(re.sub(r"^207 = .*$", new, text, flags=re.MULTILINE), encoding="utf-8")
    problems: list[Problem] = []
    read_evaluation(file, problems)
    assert [(problem.path, problem.code) for problem in problems] == [(path, code)]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_prints_what_a_citizen_needs(name: str, sample: HallSettings) -> None:
    fields = {field: f"«{field}»" for field in FIELDS}
    slip = fill(sample.layouts[name], fields)
    said = "\n".join(str(element) for element in slip.elements)
    wanted = set(FIELDS)
    if name == "test":
        wanted -= {
            "ahead",
            "wait_low",
            "wait_high",
            "zone",
            "windows",
            "priority_note",
            "notice",
            "own_place_url",
        }
    else:
        wanted.discard("test_mark")
        assert "«test_mark»" in said
    assert [field for field in wanted if f"«{field}»" not in said] == []
    assert any(isinstance(element, Code) for element in slip.elements)
    number = next(e for e in slip.elements if isinstance(e, Text) and "«number»" in e.text)
    assert number.size == max(e.size for e in slip.elements if isinstance(e, Text)), (
        "the number is the largest"
    )


def test_what_is_not_known_is_not_printed(sample: HallSettings) -> None:
    slip = fill(
        sample.layouts["ticket.zh"], {"hall": "厅", "queue": "综合业务", "number": "A012", "issued": "9:00"}
    )
    said = "\n".join(str(element) for element in slip.elements)
    for words in ("补打", "待核验", "测试", "分钟", "资料", "扫码"):
        assert words not in said
    assert not any(isinstance(element, Code) for element in slip.elements)


def test_lists_are_printed_one_a_line(sample: HallSettings) -> None:
    slip = fill(sample.layouts["ticket.zh"], {"materials": "身份证\n社保卡"})
    texts = [element.text for element in slip.elements if isinstance(element, Text)]
    assert texts[texts.index("身份证") + 1] == "社保卡"
