"""What ``kioskd devices`` says, in Chinese and English."""

from __future__ import annotations

from drivers.call_pad.api import KeyPressed
from drivers.device import Reading
from drivers.rating_pad.api import Rated
from kioskd.web.language import Language, texts

ZH = "zh"
EN = "en"
LANGUAGES = (ZH, EN)

_TEXTS: dict[str, tuple[str, str]] = {
    # list and watch
    "kind.serial": ("串口", "serial port"),
    "kind.printer": ("USB 打印机", "USB printer"),
    "kind.input": ("输入设备", "input device"),
    "kind.video": ("摄像头", "camera"),
    "kind.sound": ("声卡", "sound card"),
    "role.keypad": ("数字键盘", "numeric keypad"),
    "role.keyboard": ("键盘或扫码枪", "keyboard or scanner"),
    "role.tablet": ("手写板", "pen tablet"),
    "role.mouse": ("鼠标或触摸屏", "mouse or touch screen"),
    "role.buttons": ("按键", "buttons"),
    "nothing": ("没有发现设备。", "No device was found."),
    "found": (
        "发现 {count} 个设备。可粘贴到设置文件：",
        "{count} found. To paste into the settings:",
    ),
    "socket": ("插口 {port}", "socket {port}"),
    "watching": ("正在看插拔，按 Ctrl-C 结束。", "Watching what is plugged and unplugged; Ctrl-C ends it."),
    "plugged": ("插上", "plugged"),
    "unplugged": ("拔下", "unplugged"),
    # choosing
    "no_device": ("{file} 里没有设备“{id}”。有：{known}", "{file} has no device {id!r}. It has: {known}"),
    "none": ("无", "none"),
    # record
    "recording": (
        "正在录制 {id} 到 {file}，{seconds:g} 秒，按 Ctrl-C 可提前结束。",
        "Recording {id} into {file} for {seconds:g} s; Ctrl-C ends it earlier.",
    ),
    "recorded": (
        "录制结束：收到 {received} 字节，发出 {sent} 字节。",
        "Done: {received} bytes received, {sent} sent.",
    ),
    "exists": ("{file} 已存在，不覆盖。", "{file} exists already and is not overwritten."),
    "unwritable": ("无法写 {file}：{detail}", "{file} cannot be written: {detail}"),
    "unreadable": ("无法读 {file}：{detail}", "{file} cannot be read: {detail}"),
    "not_a_recording": ("不是录制文件：{detail}", "not a recording: {detail}"),
    "no_blank": (
        "“{driver}”的票面内容不能抹去，没有录制。",
        "The text of {driver} cannot be blanked, so nothing was recorded.",
    ),
    "private": (
        "“{id}”读的是公民个人的内容，不录制。",
        "What {id} reads is somebody's own and is not recorded.",
    ),
    # replay
    "replaying": (
        "{driver} 的录制在 {address} 上应答，按 Ctrl-C 结束。",
        "The recording of {driver} answers at {address}; Ctrl-C ends it.",
    ),
    "replayed": (
        "回放了 {frames}/{of} 帧；录制中没有的字节：{strange}",
        "{frames} of {of} frames replayed; bytes the recording lacks: {strange}",
    ),
    "no_pty_for": (
        "录制自 {scheme}://，不能用 --pty 回放。",
        "Recorded over {scheme}://, so it cannot be replayed at --pty.",
    ),
    "no_port_for": ("录制自串口，不能用 --port 回放。", "Recorded over a serial line: --port doesn't apply."),
    "taken": ("{path} 已存在，请换一个路径。", "{path} exists already; name another path."),
    "no_port": ("无法使用 {where}：{detail}", "{where} cannot be used: {detail}"),
    # test
    "trying": ("正在检查 {id}（{driver}，{address}）……", "Checking {id} ({driver}, {address})…"),
    "state_good": ("状态：正常", "status: all is well"),
    "state_bad": ("状态：{sentence}", "status: {sentence}"),
    "state_none": ("{seconds:g} 秒内没有任何状态。", "No status within {seconds:g} s."),
    "detail": ("　技术信息：{detail}", "  for technicians: {detail}"),
    "failed": ("不正常：{sentence}", "Not well: {sentence}"),
    "shown.printer": ("已送出测试票，请看出纸口。", "A test slip was sent: look at the paper exit."),
    "shown.caller_display": ("已送出测试画面，请看屏。", "A test picture was sent: look at the display."),
    "shown.call_pad": ("数码管应显示全 8，并响一声。", "The digits should show eights, with a beep."),
    "shown.rating_pad": ("数码管应显示全 8，并响一声。", "The digits should show eights, with a beep."),
    "shown.speaker": ("已说一句测试呼叫，请听音箱。", "A test call was said: listen to the speaker."),
    "shown.other": ("已做测试动作，请看设备。", "The device was told to do its test: look at it."),
    "ask": ("看到了吗？[y/n] ", "Did you see it? [y/n] "),
    "seen": ("已确认。", "Confirmed."),
    "unseen": ("没有看到：请检查连线、地址（unit）和设备档案。", "Not seen: check cable, unit and profile."),
    "unanswered": ("没有回答，结果不明。", "No answer, so the outcome is unknown."),
    "press": ("请按：{what}（{seconds:g} 秒内）", "Press: {what} (within {seconds:g} s)"),
    "right": ("　收到 {what}，正确", "  {what} came: right"),
    "wrong": ("　收到的是 {what}", "  {what} came instead"),
    "silence": ("　没有收到按键", "  nothing came"),
    "keys": ("按键：{good} 个正确，共 {all} 个。", "Keys: {good} of {all} right."),
    "well": ("结论：正常。", "Result: works."),
    "unwell": ("结论：不正常。", "Result: does not work."),
    # the hub
    "no_hub": ("连不上主机 {hub}：{detail}", "The hub {hub} cannot be reached: {detail}"),
    "roll_in": (
        "已登记换纸，余量从满卷算起。请看出纸口的测试票。",
        "Noted: a full roll from now on. Look at the test slip at the paper exit.",
    ),
    "rebound": ("{devices}：{old} → {new}", "{devices}: {old} → {new}"),
    "no_slip": (
        "测试票没有打出，请看打印机。",
        "The test slip was not printed: look at the printer.",
    ),
    # what people press
    "key.call": ("顺呼", "call"),
    "key.recall": ("重呼", "recall"),
    "key.evaluate": ("评价", "evaluate"),
    "key.confirm": ("确认", "confirm"),
    "key.no_show": ("过号", "no show"),
    "key.hold": ("挂起", "hold"),
    "key.call_back": ("恢复", "call back"),
    "key.pause": ("暂停", "pause"),
    "key.transfer": ("转移", "transfer"),
}


def say(language: str, key: str, /, **values: object) -> str:
    """Return a sentence in ``language``."""
    return _TEXTS[key][LANGUAGES.index(language)].format(**values)


def has(key: str) -> bool:
    """Whether there is such a sentence."""
    return key in _TEXTS


def pressed(language: str, reading: Reading) -> str:
    """Say what a person pressed."""
    if isinstance(reading, KeyPressed):
        key = f"key.{reading.key.value}"
        return say(language, key) if has(key) else reading.key.value
    if isinstance(reading, Rated):
        words = texts(Language.ZH if language == ZH else Language.EN).word
        return words.get(f"level.{reading.level}", str(reading.level))
    return repr(reading)
