"""Words for problems, in the reader's language."""

from __future__ import annotations

import os
from pathlib import Path

from kioskd import os_errors
from kioskd.settings.details import in_chinese
from kioskd.settings.problems import Problem
from kioskd.web.language import Language
from kioskd.web.wording import facts_said

LANGUAGES = ("zh", "en")

_KINDS_ZH = {
    "table": "表",
    "list": "列表",
    "text": "文字（加引号）",
    "true/false": "true 或 false",
    "whole number": "整数",
    "number": "数字",
    "date": "日期或时间",
}

_SENTENCES: dict[str, tuple[str, str]] = {
    "file.missing": ("找不到这个文件", "there is no such file"),
    "file.not_a_file": ("这不是文件", "this is not a file"),
    "file.unreadable": ("无法读取：{detail}", "cannot be read: {detail}"),
    "file.too_big": ("文件超过 {limit_mib} MiB", "the file is larger than {limit_mib} MiB"),
    "file.encoding": (
        "第 {line} 行不是 UTF-8 编码，请另存为 UTF-8",
        "line {line} is not UTF-8; save the file as UTF-8",
    ),
    "file.syntax": (
        "第 {line} 行第 {column} 列不符合 TOML 格式：{detail}",
        "line {line}, column {column} is not TOML: {detail}",
    ),
    "file.value": ("文件中有无法使用的值：{detail}", "the file holds a value that cannot be used: {detail}"),
    "file.not_a_hall": ("这不是大厅设置（hall.toml）", "these are not settings of a hall (hall.toml)"),
    "file.not_a_station": (
        "这不是工作站设置（station.toml）",
        "these are not settings of a station (station.toml)",
    ),
    "folder.missing": ("找不到文件夹 {value}", "there is no folder {value}"),
    "folder.unreadable": ("无法读取文件夹 {value}：{detail}", "the folder {value} cannot be read: {detail}"),
    "key.unknown": ("没有“{value}”这一项", "there is no key {value!r}"),
    "key.missing": ("缺少“{value}”", "{value!r} is missing"),
    "type.wrong": ("应为{want}，现为{got}", "should be a {want}, not a {got}"),
    "value.choice": ("“{value}”不是可选的值", "{value!r} is not one of the choices"),
    "value.refused": ("值不可用：{detail}", "cannot be used: {detail}"),
    "number.range": ("{value} 不在 {low} 到 {high} 之间", "{value} is not between {low} and {high}"),
    "number.bound": ("{value} 超出界限 {bound}", "{value} is beyond the bound {bound}"),
    "number.above": ("{value} 应大于 {bound}", "{value} should be more than {bound}"),
    "number.below": ("{value} 应小于 {bound}", "{value} should be less than {bound}"),
    "number.multiple": ("{value} 不是 {of} 的倍数", "{value} is not a multiple of {of}"),
    "number.wild": ("数字“{value}”太大或不是有限的数", "{value} is too large or not a finite number"),
    "text.empty": ("不能为空", "must not be empty"),
    "text.words": ("不能为空，最多 2000 字", "must hold 1 to 2000 characters"),
    "text.long": ("最多 {most} 字", "must not be longer than {most} characters"),
    "text.control": ("含有控制字符", "holds a control character"),
    "text.form": ("“{value}”的写法不对，应符合 {form}", "{value!r} does not match {form}"),
    "text.id": (
        "“{value}”不能作编号：用字母、数字、- 和 _，最多 32 个",
        "{value!r} cannot be an id: letters, digits, - and _, at most 32",
    ),
    "text.clock": ("“{value}”不是时刻，应写作 08:30", "{value!r} is not a time of day, such as 08:30"),
    "text.date": ("“{value}”不是日期，应写作 2026-10-01", "{value!r} is not a date, such as 2026-10-01"),
    "url.web": (
        "“{value}”不是网址：应写作 http://主机 或 https://主机，可带端口（1 到 65535）",
        "{value!r} is not an address: http://HOST or https://HOST, with a port (1 to 65535) if need be",
    ),
    "url.printer": (
        "“{value}”不是打印机地址：应写作 ipp://主机/printers/名称 或 ipps://…，可带端口",
        "{value!r} is not a printer's address: ipp://HOST/printers/NAME or ipps://…, with a port if need be",
    ),
    "list.short": ("至少要有 {least} 项", "needs at least {least}"),
    "list.long": ("最多 {most} 项", "holds more than {most}"),
    "list.length": ("应为 {count} 项的列表", "should be a list of {count}"),
    "list.twice": ("同一项写了两次", "names the same thing twice"),
    "list.rising": ("应从小到大排列", "must rise from left to right"),
    "key.not_the_citys": (
        "市级设置里不能有“{value}”，它归各大厅自己管",
        "{value!r} is each hall's own and not the city's to set",
    ),
    "twice": ("“{value}”已经用过", "{value!r} is used twice"),
    "zone.unknown": ("没有区域“{value}”", "there is no zone {value!r}"),
    "queue.unknown": ("没有取号类别“{value}”", "there is no queue {value!r}"),
    "window.unknown": ("没有窗口“{value}”", "there is no window {value!r}"),
    "teller.unknown": ("没有柜员“{value}”", "there is no teller {value!r}"),
    "queue.prefix": (
        "前缀“{value}”不可用：1–2 个大写字母，不含 I、O、Q",
        "prefix {value!r} cannot be used: one or two capitals, not I, O or Q",
    ),
    "queue.prefix_twice": ("前缀“{value}”已经用过", "prefix {value!r} is used twice"),
    "queue.prefix_sound": (
        "前缀“{value}”和“{other}”读音相近（B、D、P、T 只能用一个）",
        "prefix {value!r} sounds like {other!r} (use only one of B, D, P, T)",
    ),
    "queue.no_window": ("没有窗口能办“{value}”", "no window is equipped for queue {value!r}"),
    "window.not_equipped": (
        "窗口的 equipped 里没有“{value}”，不能列为 skills",
        "the window is not equipped for {value!r}",
    ),
    "roster.window_twice": (
        "窗口“{value}”在星期{day}排了两个人",
        "window {value!r} has two tellers on weekday {day}",
    ),
    "roster.teller_twice": (
        "柜员“{value}”在星期{day}排了两个窗口",
        "teller {value!r} has two windows on weekday {day}",
    ),
    "order.k_over_n": ("k（{k}）不能大于 n（{n}）", "k ({k}) must not be greater than n ({n})"),
    "rating.options_fixed": (
        "评价选项由全国统一的选项表规定，这里不能改",
        "rating options come from the national table and cannot be set here",
    ),
    "rating.default_citys": (
        "默认评价由市级统一规定，写在市级设置 common.toml 的 [default_rating] 里",
        "a default rating is the city's to set, as [default_rating] in its common.toml",
    ),
    "rating.levels": ("应有 1 到 5 五个等级", "needs the five levels 1 to 5"),
    "rating.code": ("“{value}”不是选项代码", "{value!r} is not the code of an option"),
    "ticketing.test_prefix": ("测试前缀应为 1–2 个字", "the test prefix must be one or two letters"),
    "template.braces": ("花括号不成对：{detail}", "braces do not pair: {detail}"),
    "template.field": ("没有“{value}”这个字段", "there is no field {value!r}"),
    "session.backwards": (
        "结束 {value} 不晚于开始 {start}",
        "the end {value} is not after the start {start}",
    ),
    "session.before_day": ("{value} 早于一天的开始 {start}", "{value} is before the day starts at {start}"),
    "session.tickets_after_service": (
        "取号到 {value}，服务却在 {end} 结束",
        "tickets are given until {value}, but service ends at {end}",
    ),
    "session.overlap": (
        "时段“{value}”与“{other}”重叠（{month} 月、星期{day}，窗口和类别相同）",
        "session {value!r} overlaps {other!r} (month {month}, weekday {day}, same windows and queues)",
    ),
    "calendar.other_year": ("{value} 不在 {year} 年", "{value} is not in {year}"),
    "calendar.both": ("{value} 既是假日又是调休上班日", "{value} is both a holiday and a make-up day"),
    "archive.no_place": (
        "档案库“{value}”没有写在哪里：folder 要 path，http 要 url，s3 要 url 和 credentials_file",
        "the archive {value!r} says not where it is: folder needs path, http url, s3 url and credentials",
    ),
    "archive.no_central": (
        "档案库“{value}”是中心服务器，但没有 [central]",
        "the archive {value!r} is the central server, and there is no [central]",
    ),
    "sink.one_way": (
        "“{value}”要写 webhook 或 email 中的一个",
        "{value!r} needs exactly one of webhook and email",
    ),
    "sink.half_quiet": (
        "“{value}”的 quiet_from 和 quiet_until 要一起写",
        "{value!r} needs both quiet_from and quiet_until, or neither",
    ),
    "sink.unknown_about": ("没有“{value}”这类提醒", "there is no alert about {value!r}"),
    "calendar.no_holidays": (
        "还没有填节假日；公布以后再填、再应用",
        "no holidays yet; fill them in once they are announced, then apply",
    ),
    "calendar.not_named": (
        "请先在“大厅”里给 calendars 加上“{value}”",
        "add {value!r} to calendars under “Hall” first",
    ),
    "calendar.twice": ("{value} 年的日历写了两次", "the calendar of {value} is named twice"),
    "service.initials": ("“{value}”应为小写拼音首字母", "{value!r} should be lower-case pinyin initials"),
    "promise.immediate": ("即办事项只写 minutes", "an immediate promise holds minutes only"),
    "promise.limited": ("限时事项只写 days", "a limited promise holds days only"),
    "guide.unknown": ("没有指南栏目“{value}”", "there is no guide field {value!r}"),
    "guide.missing": ("缺少指南栏目“{value}”", "guide field {value!r} is missing"),
    "layout.missing": ("版式文件夹里缺少 {value}", "the folder of layouts has no {value}"),
    "driver.unknown": ("没有驱动“{value}”", "there is no driver {value!r}"),
    "driver.unavailable": ("驱动“{value}”无法载入：{detail}", "driver {value!r} cannot be loaded: {detail}"),
    "profile.unknown": ("没有设备档案“{value}”", "there is no profile {value!r}"),
    "device.address": ("地址“{value}”不可用：{detail}", "the address {value!r} cannot be used: {detail}"),
    "device.scheme": ("这个驱动不能用 {value}:// 地址", "this driver cannot use a {value}:// address"),
    "device.line": (
        "与设备“{other}”同一线路，但线路参数不同",
        "is on the same line as device {other!r}, with other line settings",
    ),
    "device.same_place": (
        "与设备“{other}”地址相同、unit 相同（{value}）",
        "has the same address and unit ({value}) as device {other!r}",
    ),
    "device.window_needed": ("这种设备必须写明 window", "a device of this kind needs a window"),
    "voice.no_language": (
        "没有“{value}”的录音。先把它去掉，用 kioskd voice missing {file} --voice {value} 看要录哪些，"
        "录好放到 {folder}，再写上",
        "there are no recordings of {value!r}. Take it out, see what is to be recorded by "
        "kioskd voice missing {file} --voice {value}, put that into {folder}, then put it back",
    ),
    "voice.missing": (
        "语音“{language}”缺少：{pieces}。请把录音放到 {folder}；文件名：kioskd voice missing {file}",
        "the voice {language!r} lacks: {pieces}. Put recordings into {folder}; names of the files: "
        "kioskd voice missing {file}",
    ),
    "recording.unreadable": ("录音无法读取：{detail}", "the recording cannot be read: {detail}"),
    "recording.format": ("录音格式不对：{detail}", "the recording has another format: {detail}"),
    "recording.too_long": ("录音太长：{detail}", "the recording is too long: {detail}"),
    "recording.silent": ("录音里没有声音", "nothing is heard in the recording"),
}


def sentence(problem: Problem, language: str = "zh") -> str:
    """Say what is wrong in one sentence, with the nearest valid key or value where there is one.

    Params that are codes get their words here: ``facts`` of a driver, ``why`` of the system. ``detail`` is
    what a library said.
    """
    zh, en = _SENTENCES[problem.code]
    params = dict(problem.params)
    if "facts" in params:
        params["detail"] = facts_said(params["facts"], Language.EN if language == "en" else Language.ZH)
    if "why" in params:
        params["detail"] = os_errors.WORDS[params["why"]][language == "en"].format(name="")
    if language == "en":
        return en.format_map(params) + _hint(problem, "; did you mean {}?", "; valid: {}")
    if "detail" in problem.params:
        params["detail"] = in_chinese(str(params["detail"])) or params["detail"]
    for name in ("want", "got"):
        if name in params:
            params[name] = " / ".join(_KINDS_ZH.get(word, word) for word in str(params[name]).split(" / "))
    return zh.format_map(params) + _hint(problem, "；是不是“{}”？", "；可用：{}")


def line(problem: Problem, language: str = "zh") -> str:
    """Say where and what: ``hall.toml: window[3].skills[0] (4): …``, 4 being that window's own id."""
    place = f"{problem.path} ({problem.item})" if problem.item else problem.path
    return f"{_near(problem.file)}: {place + ': ' if place else ''}{sentence(problem, language)}"


def _near(file: Path) -> str:
    """A file's path as seen from the current folder, where that is shorter."""
    try:
        relative = os.path.relpath(file)
    except (OSError, ValueError):  # no current folder, or a path that cannot be one
        return str(file)
    return min(relative, str(file), key=len)


def _hint(problem: Problem, closest: str, choices: str) -> str:
    if problem.nearest is not None:
        return closest.format(problem.nearest)
    return choices.format(problem.params["choices"]) if "choices" in problem.params else ""
