"""What ``kioskd journal`` says, in Chinese and English."""

from __future__ import annotations

ZH = "zh"
EN = "en"
LANGUAGES = (ZH, EN)

_TEXTS: dict[str, tuple[str, str]] = {
    # verify
    "checking": ("已核对 {count} 条记录…", "{count} events checked…"),
    "summary": (
        "共 {events} 条记录，{epochs} 个纪元，{checkpoints} 个签名检查点，最后位置 {head}。",
        "{events} events in {epochs} epochs, {checkpoints} signed checkpoints, last position {head}.",
    ),
    "sound": ("未发现改动。", "Nothing has been changed."),
    "unsound": ("日志与原始记录不符：", "The journal is not as it was written:"),
    "first_bad": ("第一处有问题的位置：{position}。", "The first bad position is {position}."),
    "proven": (
        "到位置 {position}（第 {number} 个检查点，签署于 {time}）为止，可证明未被改动。",
        "Up to position {position} (checkpoint {number}, signed {time}) it is provably unchanged.",
    ),
    "proven_none": (
        "还没有可用的签名检查点，因此任何部分都不能证明未被改动。",
        "No usable signed checkpoint yet, so no part can be proven unchanged.",
    ),
    "after_proof": (
        "其后 {count} 条记录前后相符，但要到下一次签名后才能证明。",
        "The {count} events after it fit together, but only the next signature will prove them.",
    ),
    "no_key": (
        "没有密钥文件 {path}：应答、快照和隐私数据未核对，签名只能用 --public-key 给出的公钥核对。",
        "No key file {path}: answers, snapshots and private values were not checked, and signatures only"
        " with keys given by --public-key.",
    ),
    "public_key": (
        "本机签名公钥（请抄录并另处保存）：{key}",
        "This journal's public key (write it down and keep it elsewhere): {key}",
    ),
    "bad_public_key": (
        "公钥应为 64 位十六进制数字：{key}",
        "A public key is 64 hexadecimal digits: {key}",
    ),
    "more": ("……同类问题另有 {count} 处", "… and {count} more of this kind"),
    "database_broken": ("数据库文件损坏（{what}）", "the database file is broken ({what})"),
    "event_changed": ("位置 {what} 的记录被改动", "the event at {what} was changed"),
    "event_missing": ("从位置 {what} 起缺少记录", "events are missing from {what}"),
    "event_misplaced": ("位置 {what} 不合规则", "{what} is no valid position"),
    "epoch_unfounded": (
        "位置 {what} 开始的纪元没有指明它接在哪条记录之后",
        "the epoch that begins at {what} does not name the event it follows",
    ),
    "end_missing": (
        "末尾缺少记录：守护文件证明曾写到 {what}",
        "the end is missing: the guard file proves that the journal reached {what}",
    ),
    "guard_contradicts": (
        "守护文件记得的位置 {what} 与日志不符",
        "the guard file remembers another event at {what}",
    ),
    "checkpoint_forged": ("第 {what} 个检查点的签名无效", "the signature of checkpoint {what} is not valid"),
    "checkpoint_contradicts": (
        "第 {what} 个检查点签署的内容与日志不符：该检查点以前有改动",
        "the journal is not what checkpoint {what} signed: something before it was changed",
    ),
    "checkpoint_missing": ("缺少第 {what} 个检查点", "checkpoint {what} is missing"),
    "checkpoint_unknown_key": (
        "第 {what} 个检查点由未知的密钥签署；如果换过密钥，请用 --public-key 给出原来的公钥",
        "checkpoint {what} was signed with an unknown key; if the key was replaced, give the old public key"
        " with --public-key",
    ),
    "request_changed": ("已保存的应答 {what} 被改动", "the kept answer {what} was changed"),
    "snapshot_changed": ("位置 {what} 的快照被改动", "the snapshot at {what} was changed"),
    "private_changed": ("隐私数据 {what} 被改动", "the private value {what} was changed"),
    # backup and restore
    "backed_up": (
        "备份完成：{path}（{size} 字节，到位置 {head}）。密钥文件不在备份中，请另行保管。",
        "Backup done: {path} ({size} bytes, up to {head}). The key file is not in it; keep that separately.",
    ),
    "exists": ("{path} 已存在，未覆盖。", "{path} exists already and was not overwritten."),
    "restored": (
        "已恢复到备份的位置 {parent}，新纪元从 {head} 开始。请运行 kioskd journal verify 核对。",
        "Restored up to {parent} of the backup; a new epoch begins at {head}. Check it with"
        " kioskd journal verify.",
    ),
    "lost": (
        "备份之后的记录（到 {lost}）不在其中；票号将在原来最后的号码之后留出间隔继续。",
        "What came after the backup (up to {lost}) is not in it; numbers go on at a distance after the last.",
    ),
    "not_refused": ("本机没有被停用，直接启动即可。", "This hub was not refused; just start it."),
    "continued": (
        "已允许本机接着发号，新纪元从 {head} 开始，号码会跳过一段。丢失的记录不会回来。",
        "This hub may go on: a new epoch began at {head}, numbers skip a stretch. What was lost stays lost.",
    ),
    "set_aside": (
        "原来的数据库已移到 {path}，确认无误后请删除。",
        "The database that was there is now in {path}; delete it when it is no longer needed.",
    ),
    "key_needed": (
        "这里没有密钥文件。请先把另行保管的密钥文件放到 {path}，再核对和启动大厅；"
        "没有它，签名和以前的应答都无法核对。",
        "There is no key file here. Put the one you kept to {path} before you check the journal or start the"
        " hall; without it neither signatures nor earlier answers can be checked.",
    ),
    # errors
    "hall_running": (
        "数据目录 {folder} 正在使用（进程 {pid}）。请先停止大厅服务。",
        "The data folder {folder} is in use (process {pid}). Stop the hall first.",
    ),
    "not_a_journal": ("这里没有可用的日志：{path}", "There is no journal here: {path}"),
    "journal_damaged": ("文件已损坏，不能使用。", "The file is broken and cannot be used."),
    "journal_too_new": (
        "该日志由更新版本的 kioskd 写成，请先升级。",
        "A later kioskd wrote this journal; upgrade first.",
    ),
    "disk_full": ("磁盘已满，请腾出空间后再试。", "The disk is full; make room and try again."),
    "disk_error": (
        "文件不能读写，请检查权限和磁盘。",
        "The file cannot be read or written; check its permissions and the disk.",
    ),
    "error": ("没有完成（{code}）。", "It was not done ({code})."),
    "unreadable": ("无法读写：{detail}", "Cannot read or write: {detail}"),
    "kind": ("没有“{kind}”这种记录。", "There is no event of the kind {kind!r}."),
    "kind_like": (
        "没有“{kind}”这种记录；是不是“{like}”？",
        "There is no event of the kind {kind!r}; did you mean {like!r}?",
    ),
    "inverted": (
        "--after {after} 在 --until {until} 之后，两者之间没有记录。",
        "--after {after} lies behind --until {until}: there is nothing between them.",
    ),
    "past_end": (
        "日志到 {head} 为止，{position} 之后没有记录。",
        "The journal ends at {head}: there is nothing past {position}.",
    ),
    "until_end": (
        "日志到 {head} 为止，还没有 {position}。",
        "The journal ends at {head}, before {position}.",
    ),
    "bad_position": (
        "位置应写成“纪元.序号”，例如 1.200：{text}",
        "A position is written epoch.seq, such as 1.200: {text}",
    ),
}


def say(language: str, key: str, /, **values: object) -> str:
    """Return a sentence in ``language``."""
    return _TEXTS[key][LANGUAGES.index(language)].format(**values)


def say_error(language: str, code: str, /, **values: object) -> str:
    """Return the sentence for an error's code, a plain one for a code that has none."""
    return say(language, code if code in _TEXTS else "error", code=code, **values)


def texts() -> dict[str, tuple[str, str]]:
    """Return every text, Chinese first."""
    return dict(_TEXTS)
