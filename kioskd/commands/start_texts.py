"""Why a hub or station cannot start, and what to do about it, in Chinese and English."""

from __future__ import annotations

from pathlib import Path

from kioskd import os_errors
from kioskd.app import SettingsRefusedError
from kioskd.journal.errors import DataFolderBusy, JournalError
from kioskd.journal.lasting import NotLastingError
from kioskd.journal.refused import RefusedError
from kioskd.station.pair import PairError
from kioskd.station.writer import StoreError
from kioskd.web.language import Language
from kioskd.web.problem import refusal_sentence
from kioskd.web.server import ListenError

LANGUAGES = ("zh", "en")

_TEXTS: dict[str, tuple[str, str]] = {
    "data_folder_busy": (
        "数据目录 {data} 正被进程 {pid} 使用。请先结束它，或用 --data 指定别的目录。",
        "Process {pid} is using the data folder {data}. End it first, or name another folder with --data.",
    ),
    "store.busy": (
        "数据目录 {data} 正被另一个 kioskd 使用。请先结束它，或用 --data 指定别的目录。",
        "Another kioskd is using the data folder {data}. End it first, or name another folder with --data.",
    ),
    "journal_damaged": (
        "数据目录 {data} 里的日志已损坏，请用 kioskd journal restore 从备份恢复。",
        "The journal in {data} is broken; restore it from a backup with kioskd journal restore.",
    ),
    "superseded": (
        "另一台电脑已经接任大厅主机（{by} 见到 {seen}），本机不能再发号。\n"
        "要让本机做备用主机：清空数据目录，再用 kioskd standby 配对。\n"
        "确定要本机重新做主机：kioskd journal continue --data {data}",
        "Another PC has become the hub ({by} has seen {seen}); this one may issue nothing more.\n"
        "To make it a standby, empty its data folder and pair it with kioskd standby.\n"
        "To make it the hub again: kioskd journal continue --data {data}",
    ),
    "rolled_back": (
        "本机磁盘被还原过（{by} 见过 {seen}，本机没有），大概装了还原卡或还原软件。\n"
        "请把数据目录 {data} 放到不还原的盘上，再从备份恢复；\n"
        "或接着发号（丢失的记录不会回来）：kioskd journal continue --data {data}",
        "This disk was put back ({by} has seen {seen}, which is not here), probably by a recovery card.\n"
        "Put {data} on a disk that keeps what is written and restore a backup,\n"
        "or go on without what was lost: kioskd journal continue --data {data}",
    ),
    "not_lasting": (
        "数据目录 {data} 在内存里（{by}），断电就没了。请用 --data 指定磁盘上的目录。",
        "The data folder {data} is in memory ({by}) and gone with the power; name one on a disk with --data.",
    ),
    "journal_too_new": (
        "数据目录 {data} 是更新版本的 kioskd 写的，请升级本程序。",
        "A later kioskd wrote the data folder {data}; upgrade this program.",
    ),
    "store.newer": (
        "数据目录 {data} 是更新版本的 kioskd 写的，请升级本程序。",
        "A later kioskd wrote the data folder {data}; upgrade this program.",
    ),
    "not_a_journal": (
        "数据目录 {data} 里的 journal.db 不是 kioskd 的日志，请用 --data 指定别的目录。",
        "journal.db in {data} is no journal of kioskd; name another folder with --data.",
    ),
    "disk_full": (
        "数据目录 {data} 所在的磁盘已满，请腾出空间后再启动。",
        "The disk of the data folder {data} is full; make room and start again.",
    ),
    "disk_error": (
        "数据目录 {data} 不能读写，请检查权限和磁盘。",
        "The data folder {data} cannot be read or written; check its permissions and the disk.",
    ),
    "store.failed": (
        "数据目录 {data} 不能读写，请检查权限和磁盘。",
        "The data folder {data} cannot be read or written; check its permissions and the disk.",
    ),
    "other": ("数据目录 {data} 不能使用（{code}）。", "The data folder {data} cannot be used ({code})."),
    "listen": (
        "地址 {host}:{port} 不能使用：{why}。请改 [web] 的 host、port，或用 --port 指定别的端口。",
        "The address {host}:{port} cannot be used: {why}. Change host and port of [web], or give --port.",
    ),
    "pairing": ("配对失败：{why}", "Pairing failed: {why}"),
    "hub.absent": (
        "配对失败：联系不上主机，请检查网络和 [hub] 的 url。",
        "Pairing failed: the hub does not answer; check the network and url of [hub].",
    ),
    "hub.certificate": (
        "配对失败：主机的证书不被信任，请检查 [hub] 的 ca_file。",
        "Pairing failed: the hub's certificate is not trusted; check ca_file of [hub].",
    ),
    "hub.answer": (
        "配对失败：对方不像是大厅主机，请检查 [hub] 的 url 和两边的版本。",
        "Pairing failed: the other end does not seem to be a hub; check url of [hub] and both versions.",
    ),
    "settings": ("设置未能生效：{why}", "The settings were not applied: {why}"),
    "system": ("不能启动：{why}。", "Cannot start: {why}."),
}


def explain(error: BaseException, data: Path, language: str) -> str:
    """Say why it cannot start. ``data`` is the data folder, ``language`` one of `LANGUAGES`."""
    match error:
        case NotLastingError():
            return _say("not_lasting", language, data=data, by=error.kind)
        case RefusedError():
            seen = f"{error.refusal.epoch}.{error.refusal.seq}"
            return _say(error.code, language, data=data, by=error.refusal.by, seen=seen)
        case JournalError() | StoreError():
            key = error.code if error.code in _TEXTS else "other"
            pid = error.pid or "?" if isinstance(error, DataFolderBusy) else ""
            return _say(key, language, data=data, code=error.code, pid=pid)
        case PairError():
            if error.code in _TEXTS:
                return _say(error.code, language)
            return _say("pairing", language, why=refusal_sentence(error.code, {}, _reader(language)))
        case ListenError():
            return _say(
                "listen", language, host=error.host, port=error.port, why=os_errors.why(error, language)
            )
        case SettingsRefusedError():
            why = refusal_sentence(error.code, error.params, _reader(language))
            return _say("settings", language, why=why)
        case OSError():
            return _say("system", language, why=os_errors.explain(error, language))
    return _say("system", language, why=repr(error))


def _reader(language: str) -> Language:
    return Language.ZH if language == "zh" else Language.EN


def _say(key: str, language: str, **values: object) -> str:
    return _TEXTS[key][LANGUAGES.index(language)].format(**values)
