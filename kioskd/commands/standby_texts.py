"""What ``kioskd standby`` and ``kioskd promote`` say, Chinese first."""

from __future__ import annotations

_TEXTS = {
    "first": (
        "第一次启动要写 --hub 主机地址 和 --code 配对码（在主机上运行 kioskd pair-standby standby-1）\n"
        "the first time give --hub and --code (run `kioskd pair-standby standby-1` on the hub)"
    ),
    "paired": "配对成功，启动后开始跟随主机 · paired",
    "not_paired": "配对没有成功 · not paired",
    "is_hub": "本机现在是大厅主机（用时 {seconds} 秒） · this PC is the hub now ({seconds} s)",
    "status": "大厅 · hall: {hall}\n主机 · hub: {hub}\n本机已存到 · stored here: {stored}",
    "alive": (
        "主机还在运行。先停掉它再启用本机，免得两台主机同时发号。\n"
        "The hub is alive: stop it first, so that there are never two."
    ),
    "shut": (
        "主机开着，但存不下新记录，不能办理业务。最好先关掉它；关不掉也可以启用本机，它会被通知停下。\n"
        "The hub is on but can store nothing. Better switch it off first; if not, it will be told to stop."
    ),
    "never": "本机还从未跟上过主机 · this PC never followed the hub",
    "silent": "已 {minutes} 分钟没有听到主机（{why}） · the hub has not been heard for {minutes} min",
    "behind": "还差 {count} 条记录没有取到 · {count} events are not here",
    "second": "第二步 · then: kioskd promote --data {data} --word {word}",
    "type_word": "确认启用本机，请输入 {word} · to go on type {word}: ",
    "type_pin": "大厅口令 · PIN: ",
    "no_standby": "{data} 没有正在运行的备用主机 · no standby is running with {data}",
    "promoted": "已启用，新纪元从 {head} 开始（{seconds} 秒） · done in {seconds} s",
}

_REASONS = {
    "pin_wrong": "口令不对 · wrong PIN",
    "pin_locked": "口令错得太多，15 分钟后再试 · too many wrong PINs: wait 15 minutes",
    "pin_none": "大厅还没有设口令（kioskd pin） · the hall has no PIN",
    "word": "确认词不对，请重新运行 kioskd promote · wrong word: run kioskd promote again",
    "not_ready": "本机还没有存全，不能启用 · not everything is here yet",
    "no_journal": "本机还没有存全，不能启用 · not everything is here yet",
    "no_files": "本机还没有存全，不能启用 · not everything is here yet",
    "no_key": "本机没有密钥，不能启用 · the key is not here",
    "failed": "没有启用，请查看日志 · not done, see the log",
    "absent": "连不上 · no answer",
    "denied": "主机不认识本机，请重新配对 · the hub does not know this PC: pair again",
    "certificate": "主机的证书不可信 · the hub's certificate is not trusted",
    "unpaired": "没有配对 · not paired",
    "ahead": "主机丢了本机已有的记录，不要清空本机 · the hub lost what is here: keep this copy",
    "other_history": "记录接不上 · what came does not fit",
    "broken": "本机磁盘或密钥有问题 · this PC's disk or key",
    "protocol": "两边版本不合 · versions do not fit",
    "starting": "刚启动 · just started",
}


def say(key: str, **values: object) -> str:
    """Return a sentence."""
    return _TEXTS[key].format(**values)


def reason(code: str) -> str:
    """Return what a code means."""
    return _REASONS.get(code, code)
