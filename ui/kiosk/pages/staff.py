"""Maintenance: the devices, and what staff can do about them at the kiosk."""

from __future__ import annotations

from ui.kiosk.facts import Device
from ui.kiosk.model.events import Action, GoHome, LookAgain, Restart, Work
from ui.kiosk.model.screens import Maintenance
from ui.kiosk.page import Page, Style
from ui.kiosk.placed import Rect, columns

PRINTER = "printer"


def maintenance(page: Page, shown: Maintenance, body: Rect) -> None:
    """What every device says, worst first, and the printers' buttons."""
    said = page.said
    body = page.heading(body, said.maintenance)
    buttons: tuple[tuple[str, Action, Style], ...] = (
        (said.leave, GoHome(), "primary"),
        (said.look_again, LookAgain(), "plain"),
        (said.restart, Restart(), "plain"),
    )
    body = page.foot(body, buttons)
    body = _said(page, shown, body)
    devices = shown.devices
    if devices is None:
        _line(page, said.looking, body)
        return
    if not devices:
        _line(page, said.no_devices, body)
        return
    printers = [device for device in devices if device.device_class == PRINTER]
    gap = page.px(12)
    for printer in printers[:2]:
        body = _printer(page, printer, body)
    others = [device for device in devices if device not in printers[:2]]
    others.sort(key=lambda device: (not device.sentence, device.id))
    high = page.line(page.text(page.type.caption)) + page.px(20)
    most = max(0, (body.h + gap) // (high + gap))
    across = 1 if page.portrait else 2
    most *= across
    left = others[most - 1 :] if len(others) > most else []
    if left and all(not device.sentence for device in left):
        others = others[: max(0, most - 1)]
    cells = [
        cell
        for at in range(-(-min(len(others) + bool(left), most) // across))
        for cell in columns(Rect(body.x, body.y + at * (high + gap), body.w, high), across, page.gap)
    ]
    for device, cell in zip(others, cells, strict=False):
        _device(page, device, cell)
    if left and len(others) < len(cells):
        _line(page, said.others_well.format(count=len(left)), cells[len(others)])


def _said(page: Page, shown: Maintenance, body: Rect) -> Rect:
    """What came of the last thing that was done."""
    if not shown.said and shown.passed:
        return body
    colours = page.colours
    text = shown.said or page.said.not_done
    size = page.text(page.type.body)
    high = min(3, max(1, page.height_of(text, body.w - 2 * page.inner, size) // page.line(size)))
    strip = body._replace(h=high * page.line(size) + page.px(24))
    fill = colours.tint if shown.passed else colours.alert_tint
    page.shape(strip, fill, radius=page.radius)
    page.label(
        strip.inset(page.inner, page.px(12)),
        text,
        size,
        ground=fill,
        colour=colours.brand_deep if shown.passed else colours.alert,
        bold=True,
    )
    return Rect(body.x, strip.bottom + page.gap, body.w, body.bottom - strip.bottom - page.gap)


def _printer(page: Page, device: Device, body: Rect) -> Rect:
    colours, kind, said = page.colours, page.type, page.said
    size = page.text(kind.body)
    high = page.button_height() + 2 * page.px(20)
    card = body._replace(h=high)
    page.card(card, colours.panel)
    inside = card.inset(page.inner, page.px(20))
    half = inside.w * 2 // 5
    page.label(
        inside._replace(w=half),
        f"{device.id}  {_state(page, device)}",
        size,
        ground=colours.panel,
        colour=colours.alert if device.sentence else colours.ink,
        bold=True,
    )
    beside = Rect(inside.x + half + page.gap, inside.y, inside.w - half - page.gap, inside.h)
    choices = ((said.new_roll, Work("new_roll", device.id)), (said.test_print, Work("test", device.id)))
    if device.question:
        choices = ((said.unclear, Work("unclear", device.id)), (said.clear_print, Work("clear", device.id)))
    for (text, action), cell in zip(
        choices,
        columns(beside, 2, page.gap),
        strict=True,
    ):
        page.button(cell, text, action, "plain", size)
    return Rect(body.x, card.bottom + page.gap, body.w, body.bottom - card.bottom - page.gap)


def _device(page: Page, device: Device, rect: Rect) -> None:
    colours = page.colours
    fill = colours.alert_tint if device.sentence else colours.panel
    page.shape(rect, fill, radius=min(page.radius, rect.h // 4))
    page.label(
        rect.inset(page.px(20), page.px(6)),
        f"{device.id}  {_state(page, device)}",
        page.text(page.type.caption),
        ground=fill,
        colour=colours.alert if device.sentence else colours.ink,
    )


def _state(page: Page, device: Device) -> str:
    if device.question or device.sentence:
        return device.question or device.sentence
    paper = page.said.paper.get(device.status.paper or "", "")
    return page.said.well + (page.said.comma + paper if paper else "")


def _line(page: Page, text: str, rect: Rect) -> None:
    size = page.text(page.type.caption)
    page.label(
        rect._replace(h=min(rect.h, 2 * page.line(size))),
        text,
        size,
        ground=page.colours.ground,
        colour=page.colours.ink_soft,
    )
