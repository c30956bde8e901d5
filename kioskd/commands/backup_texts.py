"""What ``kioskd backup`` and ``kioskd restore`` say, Chinese first."""

from __future__ import annotations

_TEXTS = {
    "made": "{place}：已备份并验证（{name}，{size}，到 {head}） · made and proven",
    "failed": "{place}：没有备份成功。{why}\n  {detail}",
    "no_places": "hall.toml 里没有备份位置，请写上 [[backup.place]] · no place for backups in hall.toml",
    "place": "{place}：上次成功 · last good: {last}",
    "never": "从未 · never",
    "prepared": "{folder} 可以放备份了 · is now a place for backups",
    "code": (
        "恢复码（只显示这一次，请抄写两份，一份锁在保险柜）：\n"
        "the recovery code, shown only this once; write it down twice and lock one away:\n\n    {code}\n\n"
        "没有它，备份打不开 · without it no backup can be opened. 核对 · to check: kioskd backup code --check"
    ),
    "code_fits": "恢复码正确 · this is the hall's code",
    "code_other": "恢复码书写无误，但不是本大厅现在的恢复码 · a sound code, but not this hall's present one",
    "code_slip": "恢复码第 {groups} 组有误，请对照纸上再输一次 · there is a slip in group {groups}",
    "code_length": "恢复码应为 6 组、每组 5 个字符 · a recovery code has 6 groups of 5 characters",
    "type_code": "恢复码 · recovery code: ",
    "hall_running": "进程 {pid} 正在使用这个数据目录，请先停大厅 · stop process {pid} first",
    "os": "没有完成 · not done: {why}",
    "key_same": "密钥没有丢，无需恢复 · the key is there and the same",
    "key_aside": "原有的密钥移到 · the present key was moved to {path}",
    "key_back": "密钥已找回 · the key is back: {path}",
    "bad_issued": "“{text}”应写成 A=123 · should look like A=123",
    "none_there": "{folder} 里没有备份 · no backups in there",
    "newest": "最新的备份 · the newest: {name}",
    "restored": (
        "{hall}：已恢复到 {made} 的备份（{parent}），新纪元从 {head} 开始 · restored; a new epoch began"
    ),
    "floors": "今天的号从这些号之后再留余量继续，不会重号 · numbers go on well above {numbers}",
    "set_aside": "原来的日志移到 · what was there before: {path}",
    "restored_next": (
        "用时 {seconds} 秒。请核对 {settings}，然后启动 · took {seconds} s; check the settings, then start:\n"
        "    kioskd run {settings} --data {data}"
    ),
}

_REASONS = {
    "not_there": "找不到备份位置：插上 U 盘，或检查网络和那台电脑 · the place is not there",
    "not_mounted": "U 盘已插上但没有挂载 · the stick is in, but not mounted",
    "not_prepared": (
        "目录是空的挂载点，或还没准备：挂载后运行 kioskd backup prepare 目录 · "
        "not mounted, or not prepared: run kioskd backup prepare"
    ),
    "full": "备份位置已满，请换一个大的或清理 · the place is full",
    "read_only": "备份位置是只读的 · the place is read-only",
    "denied": "没有权限写入备份位置 · not allowed to write there",
    "failed": "写入备份位置出错 · writing there failed",
    "no_room": "本机磁盘空间不够做备份 · too little room on this PC's disk",
    "no_recovery": "还没有恢复码，请运行 kioskd backup code · there is no recovery code yet",
    "not_read": "日志读不出来，请运行 kioskd journal verify · the journal cannot be read",
    "journal_unsound": (
        "备份已存好，但日志有改动或损坏，请运行 kioskd journal verify · stored, but the journal is not sound"
    ),
    "replay_failed": "备份不能重放，请联系维护 · it cannot be replayed",
    "other_head": "备份与日志不一致 · it does not end where it should",
    "access_broken": "账号文件已损坏 · the accounts' file is broken",
    "not_a_box": "这不是 kioskd 备份 · that is no backup of ours",
    "wrong_key": "恢复码不是这份备份的：用做备份时的恢复码 · this code does not open this backup",
    "broken": "备份文件不完整或已损坏，请换一份 · the backup is cut off or broken: take another",
    "in_the_way": "设置目录里已有文件，请换一个空目录 · name an empty folder",
}


def say(key: str, **values: object) -> str:
    """Return a sentence."""
    return _TEXTS[key].format(**values)


def reason(code: str) -> str:
    """Return why something was not done."""
    return _REASONS.get(code, code)
