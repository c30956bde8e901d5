"""Rows of the route table about setting up a hall; nothing here is done twice by a repeat."""

from __future__ import annotations

from typing import Any

from kioskd.web import setup
from kioskd.web.openapi import Empty
from kioskd.web.rights import SETTING
from kioskd.web.route import API, Route, Summary
from kioskd.web.setup_views import CheckView, DraftView, Finished, FoundAnswer, Heard, TakenView, Tried

LARGEST = 2 << 20


def _row(
    name: str,
    method: str,
    path: str,
    handler: Any,
    summary: Summary,
    answer: Any,
    *problems: str,
    body: Any = None,
    media_type: str = "application/json",
) -> Route:
    return Route(
        name=name,
        method=method,
        path=f"{API}/{path}",
        roles=SETTING,
        handler=handler,
        summary=summary,
        body=body,
        body_bytes=LARGEST if body in (setup.SaveBody, setup.SheetBody) else 0,
        answers={200: answer},
        problems=("no_setup", *problems),
        media_type=media_type,
        needs_key=False,
    )


ROUTES: tuple[Route, ...] = (
    _row(
        "getSetup",
        "GET",
        "setup",
        setup.show,
        Summary("设置向导填到了哪里", "How far the setting up is"),
        DraftView,
        "settings_unwritable",
    ),
    _row(
        "saveSetup",
        "POST",
        "setup/draft",
        setup.save,
        Summary("保存填写的内容", "Keep what was answered"),
        DraftView,
        "setup_changed",
        "bad_value",
        "settings_unwritable",
        body=setup.SaveBody,
    ),
    _row(
        "forgetSetup",
        "POST",
        "setup/forget",
        setup.forget,
        Summary("重新开始填写", "Begin anew"),
        DraftView,
        body=Empty,
    ),
    _row(
        "getSetupTemplate",
        "GET",
        "setup/sheets/{what}",
        setup.template,
        Summary("要填的表格", "A table to fill in"),
        None,
        "not_found",
        media_type=setup.XLSX,
    ),
    _row(
        "takeSetupSheet",
        "POST",
        "setup/sheets/{what}",
        setup.take,
        Summary("导入表格", "Take over a table"),
        TakenView,
        "no_table",
        "not_found",
        "setup_changed",
        "settings_unwritable",
        body=setup.SheetBody,
    ),
    _row(
        "findSetupDevices",
        "GET",
        "setup/devices",
        setup.devices,
        Summary("这台电脑上插着的设备", "What is plugged into this PC"),
        FoundAnswer,
    ),
    _row(
        "trySetupDevice",
        "POST",
        "setup/devices/try",
        setup.attempt,
        Summary("试一台设备", "Try a device"),
        Tried,
        body=setup.DeviceBody,
    ),
    _row(
        "listenSetupDevices",
        "POST",
        "setup/devices/listen",
        setup.listen,
        Summary("等人按键，认出是哪一台", "Wait for a press, to know which device it is"),
        Heard,
        body=setup.ListenBody,
    ),
    _row(
        "checkSetup",
        "POST",
        "setup/check",
        setup.check,
        Summary("检查并比较", "Check and compare"),
        CheckView,
        "settings_unwritable",
        body=Empty,
    ),
    _row(
        "finishSetup",
        "POST",
        "setup/finish",
        setup.finish,
        Summary("写成设置文件，大厅按它开始", "Write the files; the hall starts on them"),
        Finished,
        "setup_wrong",
        "settings_unwritable",
        "queue_in_use",
        "window_in_use",
        body=Empty,
    ),
)
