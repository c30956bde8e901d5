"""What drivers tell a technician: every code they can give has a text in every language, and no driver
gives sentences of its own.
"""

from __future__ import annotations

import ast
import errno
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest

import drivers
import kioskd
from drivers.errors import ConfigurationError, TransientError
from drivers.facts import SAID, Fact, fact, plain, refused
from drivers.registry import build, options_type
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.address import parse_address
from kioskd.settings.examine import converted
from kioskd.settings.problems import Problem
from kioskd.settings.problems import Report as Settings
from kioskd.settings.sentences import sentence
from kioskd.station.messages import TestReport as Report
from kioskd.web.language import Language, texts
from kioskd.web.wording import facts_said
from tests.drivers.test_options import BAD as BAD_OPTIONS
from tests.drivers.transport.test_address import BAD

if TYPE_CHECKING:
    from drivers.device import DeviceSink
    from drivers.transport.api import Line

FOLDERS = (Path(drivers.__file__).parent, Path(kioskd.__file__).parent)
ERRORS = {"DeviceError", "TransientError", "ConfigurationError", "MaintenanceError", "OutcomeUnknownError"}
FREE = {"kioskd/demo/bed.py", "kioskd/demo/run.py"}
"""The demo's own errors hold names and no words."""

ADDED = {"options.refused": {"path", "why"}}
"""Names that are made of what a library says."""
OF_BUILDING = {"options.refused", "options.unit_range", "options.unit_unsayable", "options.no_unit"}
"""What no struct of options says."""


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of a plain name: the file, the call, the name."""
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield str(path.relative_to(folder.parent)), node, node.func.id


def given() -> dict[str, list[set[str]]]:
    """Each code that is given anywhere, with the names of its values at every place."""
    found: dict[str, list[set[str]]] = {SAID: [{"text"}]}
    for where, call, name in calls():
        if name != "fact":
            continue
        assert isinstance(call.args[0], ast.Constant), f"{where}:{call.lineno}: not written out"
        assert all(keyword.arg for keyword in call.keywords), f"{where}:{call.lineno}"
        found.setdefault(call.args[0].value, []).append({str(each.arg) for each in call.keywords})
    return found


def fields(sentence: str) -> tuple[set[str], set[str]]:
    """Names that a sentence needs, and those that it may do without."""
    optional = {name for part in re.findall(r"\[[^\]]*\]", sentence) for name in re.findall(r"{(\w+)}", part)}
    return set(re.findall(r"{(\w+)}", sentence)) - optional, optional


@pytest.mark.parametrize("language", list(Language))
def test_every_code_has_its_text_and_no_text_is_left_over(language: Language) -> None:
    assert len(given()) > 80
    assert texts(language).detail.keys() == given().keys()


@pytest.mark.parametrize("language", list(Language))
def test_texts_use_only_values_that_are_given(language: Language) -> None:
    for code, places in given().items():
        needed, optional = fields(texts(language).detail[code])
        for names in places:
            names = names | ADDED.get(code, set()) | ({"why"} if "error" in names else set())
            assert needed <= names, code
        assert optional <= set().union(*places, ADDED.get(code, set())), code


def test_chinese_is_chinese_and_english_is_english() -> None:
    for code in given():
        hanzi = r"[\u4e00-\u9fff]"
        assert re.search(hanzi, texts(Language.ZH).detail[code]), code
        assert not re.search(hanzi, texts(Language.EN).detail[code]), code


def test_no_driver_gives_sentences() -> None:
    for where, call, name in calls():
        if name == "DeviceStatus":
            assert not [each for each in call.keywords if each.arg == "detail"], f"{where}:{call.lineno}"
        if name in ERRORS and where not in FREE:
            for argument in call.args[1:]:
                words = isinstance(argument, ast.Constant | ast.JoinedStr | ast.BinOp)
                words = words or ast.unparse(argument).startswith(("str(", "repr("))
                assert not words, f"{where}:{call.lineno}: free words"


@pytest.mark.parametrize("language", list(Language))
def test_every_status_code_has_a_sentence_of_its_kind(language: Language) -> None:
    known, found = texts(language).device, set()
    for where, call, name in calls():
        if where.startswith("kioskd/demo/"):
            continue
        arguments = call.args[:1] if name in ERRORS else []
        if name == "DeviceStatus":
            arguments = [each.value for each in call.keywords if each.arg == "code"]
        for argument in arguments:
            found |= {
                node.value
                for node in ast.walk(argument)
                if isinstance(node, ast.Constant) and "." in str(node.value)
            }
    assert len(found) > 20
    assert {
        code for code in found if code not in known and code.partition(".")[0] + ".other" not in known
    } == set()


def test_what_the_system_says_stands_beside_a_sentence() -> None:
    gone = refused(OSError(errno.ENODEV, "No such device"))
    assert facts_said((gone,), Language.ZH) == "系统说：设备不在（No such device）"
    assert facts_said((gone,), Language.EN) == "the system says: the device is not there (No such device)"
    odd = refused(OSError(errno.EXDEV, "Cross-device link"))
    assert facts_said((odd,), Language.ZH) == "系统说：系统错误 EXDEV（Cross-device link）"
    nameless = refused(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert facts_said((nameless,), Language.ZH) == "查不到这个主机名（Name or service not known）"
    assert refused(RuntimeError("{0} [1]")) == fact("system.other", text="{0} [1]")
    assert facts_said((refused(RuntimeError("{0} [1]")),), Language.ZH) == "系统说：{0} [1]"


def test_several_facts_stand_on_one_line() -> None:
    two = (fact("printer.no_status", times=3), fact("usb.port_no_paper"))
    assert facts_said(two, Language.ZH) == "连问 3 次状态都没有应答；打印机端口说：缺纸"
    assert (
        facts_said(two, Language.EN)
        == "asked for its status 3 times, it never answered; the printer's port says: out of paper"
    )
    assert plain(two) == "printer.no_status times=3; usb.port_no_paper"
    assert facts_said((), Language.ZH) == ""


def test_where_it_is_is_said_only_when_nothing_else_is() -> None:
    where = fact("line.at", where="tcp://10.0.0.5:9100")
    assert facts_said((fact("line.hung_up"), where), Language.ZH) == "对方断开了"
    assert facts_said((where,), Language.ZH) == "线路 tcp://10.0.0.5:9100"


def test_an_older_station_that_sends_free_words_is_still_shown() -> None:
    old = msgspec.json.decode(
        b'{"state":"offline","code":"sign.silent","detail":"no answer 3 times"}', type=DeviceStatus
    )
    assert facts_said(old.facts, Language.ZH, old.detail) == "原话：no answer 3 times"
    report = msgspec.json.decode(b'{"type":"TestReport","test":"1","detail":"raw"}', type=Report)
    assert facts_said(report.facts, Language.EN, report.detail) == "in its own words: raw"


def test_an_older_hub_reads_the_same_on_one_line_and_a_newer_station_is_shown() -> None:
    status = DeviceStatus(state=DeviceState.OFFLINE, facts=(fact("device.no_answer", times=3),))
    sent = msgspec.json.encode(status)
    assert msgspec.json.decode(sent)["detail"] == "device.no_answer times=3"
    assert msgspec.json.decode(sent, type=DeviceStatus) == status
    newer = Fact("sign.of_tomorrow", {"lamps": "9"})
    assert facts_said((newer,), Language.ZH, "sign.of_tomorrow lamps=9") == "原话：sign.of_tomorrow lamps=9"


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("language", list(Language))
def test_a_bad_address_is_told_with_what_is_wrong_and_what_to_write(text: str, language: Language) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_address(text)
    said = facts_said(caught.value.facts, language)
    why = caught.value.facts[0]
    assert said == facts_said((why,), language), "the address stands beside it"
    assert all(value in said for value in why.values.values())


def built(driver: str, options: dict[str, Any]) -> tuple[Fact, ...]:
    """What the diagnostics page is given of a device with such options."""
    line = cast("Line", None)  # nothing is built
    with pytest.raises(ConfigurationError) as caught:
        build(driver, line, 1, options, cast("DeviceSink", None))
    assert caught.value.code == "driver.options"
    return caught.value.facts


def test_every_way_to_refuse_options_is_tried() -> None:
    codes = {code for code in given() if code.startswith("options.")}
    assert codes - OF_BUILDING == {code for _, _, code in BAD_OPTIONS}


@pytest.mark.parametrize(("driver", "options", "code"), BAD_OPTIONS)
@pytest.mark.parametrize("language", list(Language))
def test_bad_options_are_told_with_what_is_wrong_and_what_to_write(
    driver: str, options: dict[str, Any], code: str, language: Language
) -> None:
    (why,) = built(driver, options)
    said = facts_said((why,), language)
    assert why.code == code
    assert all(value in said for value in why.values.values())
    problems: list[Problem] = []
    converted(Settings(Path("hall.toml"), {}, problems), "options", options, options_type(driver))
    assert [problem.code for problem in problems] == ["value.refused"]
    assert sentence(problems[0], "zh" if language is Language.ZH else "en").endswith(said)


@pytest.mark.parametrize(
    ("options", "zh", "en"),
    [
        ({"columns": "wide"}, "“columns”：应为整数", "“columns”: this must be a whole number"),
        ({"width_dots": 577}, "“width_dots”：不是 8 的倍数", "“width_dots”: this must be a multiple of 8"),
        ({"poll": 61}, "“poll”：太大，最大为 60", "“poll”: this is too large; at most 60"),
        ({"poll": 0}, "“poll”：应大于 0", "“poll”: this must be more than 0"),
        (
            {"confirm": "maybe"},
            "“confirm”：不是可选的值",
            "“confirm”: this is none of the values to choose from",
        ),
        ({"colums": 48}, "没有“colums”这一项", "there is no field “colums”"),
    ],
)
def test_options_of_a_wrong_type_are_told_in_the_words_for_such(
    options: dict[str, Any], zh: str, en: str
) -> None:
    facts = built("printer.escpos", options)
    assert facts_said(facts, Language.ZH) == f"printer.escpos 的 options 不对：{zh}"
    assert facts_said(facts, Language.EN) == f"options of printer.escpos are wrong: {en}"
    ((missing,), said) = built("call_pad.polled", {}), "call_pad.polled 的 options 不对：缺少“query”"
    assert facts_said((missing,), Language.ZH) == said


def test_a_driver_with_words_of_its_own_is_shown_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Options(msgspec.Struct):
        lamps: int = 0

        def __post_init__(self) -> None:
            raise ValueError("[no] lamps {at} all")

    monkeypatch.setattr("drivers.printer.escpos.driver.Options", Options)
    facts = built("printer.escpos", {})
    assert facts_said(facts, Language.ZH) == "printer.escpos 的 options 不对：[no] lamps {at} all"
    problems: list[Problem] = []
    assert converted(Settings(Path("hall.toml"), {}, problems), "options", {}, Options) is None
    assert sentence(problems[0]) == "值不可用：[no] lamps {at} all"


def test_an_error_is_its_facts() -> None:
    error = TransientError("line.lost", fact("line.hung_up"), "two words")
    assert str(error) == "line.hung_up; two words"
    assert facts_said(error.facts, Language.ZH) == "对方断开了；原话：two words"
    assert str(TransientError("driver.ended")) == "driver.ended"
