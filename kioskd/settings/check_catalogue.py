"""The service catalogue and the files that belong to slips and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from kioskd.hall.rules import Name, PromiseKind, Service
from kioskd.hub.layout import FIELDS, LAYOUTS, NOTICE_FIELDS, NOTICES, SlipLayout, templates
from kioskd.settings.check_hall import check_template
from kioskd.settings.entries import Entries, known
from kioskd.settings.examine import converted, examine
from kioskd.settings.files import is_file, is_folder, read_toml
from kioskd.settings.model import ServicesFile
from kioskd.settings.problems import Problem, Report
from kioskd.web.catalogue import EvaluationOptions, GuideField

_LEVELS = {"1", "2", "3", "4", "5"}


def read_catalogue(
    file: Path, problems: list[Problem], queues: set[str], zones: set[str], text: str | None = None
) -> tuple[tuple[GuideField, ...], tuple[Service, ...]]:
    """Read ``services.toml``; the services come with the guide's common texts filled in."""
    report = read_toml(file, problems, text)
    if report is None:
        return (), ()
    examine(report, "", report.raw, ServicesFile)
    fields = Entries(report, "guide_field", GuideField)
    services = Entries(report, "service", Service, key="code")
    for entry in services:
        service = entry.value
        known(report, f"{entry.path}.queue", service.queue, queues, "queue.unknown")
        if service.zone:
            known(report, f"{entry.path}.zone", service.zone, zones, "zone.unknown")
        _promise(report, entry.path, service)
        for name in service.guide:
            known(report, f"{entry.path}.guide.{name}", name, fields.ids, "guide.unknown")
        for field in fields.values:
            if field.required and field.common is None and field.id not in service.guide:
                report.add(f"{entry.path}.guide.{field.id}", "guide.missing", value=field.name.zh)
    return fields.values, tuple(_with_common(service, fields.values) for service in services.values)


def _promise(report: Report, path: str, service: Service) -> None:
    promise = service.promise
    if promise is None:
        return
    if promise.kind is PromiseKind.IMMEDIATE and (promise.minutes is None or promise.days is not None):
        report.add(f"{path}.promise", "promise.immediate")
    if promise.kind is PromiseKind.LIMITED and (promise.days is None or promise.minutes is not None):
        report.add(f"{path}.promise", "promise.limited")


def _with_common(service: Service, fields: tuple[GuideField, ...]) -> Service:
    guide: dict[str, Name] = {}
    for field in fields:
        text = service.guide.get(field.id, field.common)
        if text is not None:
            guide[field.id] = text
    return msgspec.structs.replace(service, guide=guide)


def read_layouts(
    folder: Path, problems: list[Problem], named: Report, texts: Mapping[Path, str]
) -> dict[str, SlipLayout]:
    """Read every ``*.toml`` of the layouts' folder; ``named`` is the file that named the folder."""
    if not is_folder(folder, named, "layouts"):
        return {}
    for name in LAYOUTS:
        if not is_file(folder / f"{name}.toml"):
            named.add("layouts", "layout.missing", value=f"{name}.toml")
    found: dict[str, SlipLayout] = {}
    for file in sorted(folder.glob("*.toml")):
        report = read_toml(file, problems, texts.get(file))
        layout = _layout(report) if report is not None else None
        if layout is not None:
            found[file.name.removesuffix(".toml")] = layout
    return found


def _layout(report: Report) -> SlipLayout | None:
    examine(report, "", report.raw, SlipLayout)
    if not report.clean(""):
        return None
    fields = FIELDS | NOTICE_FIELDS if report.file.name.removesuffix(".toml") in NOTICES else FIELDS
    layout: SlipLayout | None = converted(report, "", report.raw, SlipLayout)
    for index, element in enumerate(layout.elements if layout is not None else ()):
        path = f"element[{index}]"
        for key, text in templates(element):
            check_template(report, f"{path}.{key}", text, tuple(fields))
        if element.when and element.when not in fields:
            report.add(f"{path}.when", "template.field", near=fields, value=element.when)
    return layout


def _with_tables(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a table of options with ``{zh = …}`` for each that is a mere text, as all were once."""
    levels = raw.get("options")
    if not isinstance(levels, dict):
        return raw
    full = {
        level: {code: {"zh": text} if isinstance(text, str) else text for code, text in options.items()}
        if isinstance(options, dict)
        else options
        for level, options in levels.items()
    }
    return {**raw, "options": full}


def read_evaluation(file: Path, problems: list[Problem]) -> EvaluationOptions | None:
    """Read the national table of rating options."""
    report = read_toml(file, problems)
    if report is None:
        return None
    raw = _with_tables(report.raw)
    examine(report, "", raw, EvaluationOptions)
    if not report.clean(""):
        return None
    table: Any = converted(report, "", raw, EvaluationOptions)
    if table is None:
        return None
    for path, levels in (("levels", table.levels), ("options", table.options)):
        if set(levels) != _LEVELS:
            report.add(path, "rating.levels")
    for level, options in table.options.items():
        for code in options:
            if not (code.isascii() and code.isdigit() and len(code) <= 6):
                report.add(f"options.{level}", "rating.code", value=code[:40])
    evaluation: EvaluationOptions = table
    return evaluation
