"""What ``kioskd voice`` says, in Chinese and English."""

from __future__ import annotations

_TEXTS: dict[str, tuple[str, str]] = {
    "language": ("{language}：{count} 段录音", "{language}: {count} recordings"),
    "own": ("本大厅", "the hall's own"),
    "shipped": ("自带", "the program's"),
    "own_folder": (
        "本大厅的录音放在 {folder}/<语言>/<文字>.wav，有同名的就用它。",
        "The hall's own go to {folder}/<language>/<text>.wav and win over the program's.",
    ),
    "complete": ("{language}：每个号码和窗口都能说。", "{language}: every number and window can be said."),
    "to_record": (
        "{language}：还要录 {count} 段，放在 {folder}：",
        "{language}: {count} pieces are still to be recorded, for {folder}:",
    ),
    "no_hall": (
        "{file} 不是主机的设置；要录哪些看主机的 hall.toml。",
        "{file} is no hub's settings; what is to be recorded follows from the hub's hall.toml.",
    ),
    "good": ("{folder}：{count} 段录音都能用。", "{folder}: all {count} recordings can be used."),
    "bad": ("{file}：{sentence}", "{file}: {sentence}"),
    "bad_count": ("{count} 段录音不能用。", "{count} recordings cannot be used."),
    "empty": ("{folder} 里没有录音。", "There are no recordings in {folder}."),
    "saying": ("{language}：{text}", "{language}: {text}"),
    "made_of": ("由这些录音组成：{pieces}", "made of: {pieces}"),
    "missing": ("缺少录音：{pieces}", "no recording of: {pieces}"),
    "unusable": ("录音不能用：{detail}", "a recording cannot be used: {detail}"),
    "written": ("已写入 {file}，{seconds:.1f} 秒。", "{file} written, {seconds:.1f} s."),
    "unwritable": ("无法写 {file}：{detail}", "{file} cannot be written: {detail}"),
    "no_language": (
        "没有“{language}”的录音。有：{known}",
        "Nothing is recorded in {language!r}. There is: {known}",
    ),
    "not_a_speaker": ("{id} 不是音箱。", "{id} is no loudspeaker."),
    "no_device": ("{file} 里没有设备“{id}”。", "{file} has no device {id!r}."),
    "said": ("说完了。", "It was said."),
    "unsaid": ("没有说成：{sentence}", "It was not said: {sentence}"),
}


def say(language: str, key: str, /, **values: object) -> str:
    """Return a text in the language of the command, filled in."""
    return _TEXTS[key][0 if language == "zh" else 1].format(**values)
