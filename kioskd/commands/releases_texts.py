"""What installing, going over to a release and back says, Chinese first."""

from __future__ import annotations

from kioskd.install.machine import Finding

_TEXTS = {
    "no_release": "请用安装文件里的 kioskd 运行本命令 · run this from a release, not from a development tree",
    "which_roles": (
        "本机做什么用？hub 主机、station 窗口工作站、kiosk 取号机、board 大厅屏、central 市级服务器、\n"
        "standby 备用主机；"
        "可以写几个，用逗号分开 · what is this PC, one or more of these: "
    ),
    "roles_needed": "请用 --roles 写明本机用途 · say what this PC is with --roles: {roles}",
    "which_hub": "大厅主机的地址，如 10.0.0.2 · address of the hub: ",
    "which_code": "主机上生成的配对码，没有就直接回车 · pairing code made on the hub, or nothing: ",
    "bad_hub": "--hub 应为主机的地址，如 10.0.0.2 或 https://hub:8443 · no address: {found}",
    "bad_ca": "没有 --ca 的文件 · no such file: {found}",
    "not_fit": "本机不能安装，请先处理上面标“不行”的各项，什么都没有改动 · not fit; nothing was changed",
    "installed": "已安装 {version} · installed",
    "up": "服务已启动 · running",
    "not_up": "已安装，但服务没有起来：{why}。请看 journalctl -u kioskd · installed, but not running",
    "next_hub": "请用浏览器打开 · open in a browser: {url}",
    "next_other": "完成 · done. {url}",
    "same": "{version} 已经在用，没有改动 · is running already",
    "copy_failed": (
        "升级前的日志备份没有成功，没有升级，大厅照常\nno copy of the journal, so no upgrade:\n{detail}"
    ),
    "broken": "新版本在本机跑不起来，没有升级，大厅照常 · the new release does not run here:\n{detail}",
    "settings_refused": (
        "新版本不接受现在的设置，没有升级，大厅照常。请先改设置\nthe settings would be refused:\n{detail}"
    ),
    "journal_refused": (
        "那个版本读不懂现在的日志，没有切换，大厅照常、数据一条不少\n"
        "that release cannot read the journal:\n{detail}"
    ),
    "nothing_before": "没有可退回的版本 · there is no release to go back to",
    "not_here": "本机没有版本 {detail} · that release is not on this PC",
    "not_a_release": "{detail} 不是完整的安装内容 · is no release",
    "damaged": "安装文件已损坏（{detail}），请重新拷贝 · the file was damaged on its way; copy it again",
    "system": "系统没有照办 · the system refused: {detail}",
    "switched": "已从 {before} 换到 {after}，换之前的日志在 {copy} · done",
    "returned": (
        "{after} 没有正常起来（{why}），已自动退回 {before}\nit did not come up; the old one runs again"
    ),
    "step": "{at}  {before} → {after}  {outcome}",
    "outcome_begun": "没有做完 · cut off",
    "outcome_done": "成功 · done",
    "outcome_returned": "没有起来，已退回 · returned",
    "none_here": "本机没有安装 · nothing is installed here",
    "readable": "能读懂全部日志，到 {head} · reads everything",
    "unreadable": "不能读懂这份日志 · cannot read it: {why}",
    "offered": "工作站可以取了 · stations may fetch it: {file}",
    "no_station": "本机不是工作站 · this PC is no station with a hub",
    "left_same": "和主机同一版本 {detail} · the hub's release runs here",
    "left_later": "主机是 {detail}，等大厅休息时再换 · the hub has another, waiting for the hall to close",
    "left_failed_before": "{detail} 今天在本机没有起来，明天再试 · it did not come up today; tomorrow again",
    "left_no_release": "主机上没有本机的安装文件 · the hub has no file for such a PC: {detail}",
    "left_unpaired": "还没有配对，或还没有连上过主机 · not paired yet: {detail}",
    "left_unreached": "现在连不上主机 · the hub was not reached: {detail}",
    "left_untrue": "{detail} 不是本大厅的主机，没有换 · that is not this hall's hub",
    "left_damaged": "取来的文件和主机签名的不符，没有换 · what came is not what the hub signed: {detail}",
    "really": "卸载程序，保留设置和数据？输入 是 或 yes · take the program away and keep the data? ",
    "nothing_done": "什么都没有做 · nothing was done",
    "removed": "程序已卸载，留下 · the program is gone; what stays: {kept}",
}

_LEVELS = {"good": "好　", "warning": "注意", "stop": "不行"}

_FINDINGS = {
    "libc": "C 运行库 {found}（至少 {least}） · C library",
    "libraries": "系统自带的程序库 {names} · the system's own libraries",
    "disk": "磁盘 {place} 剩 {free} MiB（建议 {wanted}） · free disk",
    "memory": "内存 {total} MiB（建议 {wanted}） · memory",
    "clock": "本机时间 {shown} · clock",
    "persists": "数据盘 {place}（{kind}）重启后还在 · the disk keeps what is written",
    "port": "端口 {port} · port",
    "screen": "图形界面（xinit 或桌面） · a graphical screen",
    "voice": "取号机语音用的程序库 {names} · what a kiosk's voice needs",
    "browser": "浏览器 {found} · a browser",
    "fonts": "中文字体 · a Chinese font",
    "sound": "声卡 · sound",
    "systemd": "systemd 服务管理 · the service manager",
}

_ADVICE = {
    "libc": "系统太旧，请换本机系统的安装文件，或升级系统 · this system is too old for this release",
    "libraries": (
        "缺 {missing}，程序起不来。请从系统安装盘装 libgcc、libstdc++、zlib，再来一次\n"
        "       not there: {missing}; install them from the system's own disc, then try again"
    ),
    "disk": "请先腾出空间 · make room first",
    "memory": "能用，但会慢 · it works, slowly",
    "clock": "时间不对，请先校准（timedatectl），不然号码日期会乱 · set the clock first",
    "persists": (
        "这块盘重启后会清空（还原卡、内存盘），不能放大厅的数据 · everything here is gone after a restart"
    ),
    "port": "被别的程序占用：{why}。请改 hall.toml 的 [web] port · taken by another program",
    "screen": "取号机需要：apt install xserver-xorg xinit · needed for a kiosk",
    "voice": "缺 {missing}，取号机能用但不会说话，请装 glib2 · it works without a voice; install GLib",
    "browser": "大厅屏需要 Chromium 一类的浏览器 · a board needs one",
    "fonts": "网页会显示方块，请装一种中文字体（如 fonts-noto-cjk） · pages would show boxes",
    "sound": "没有声卡就没有语音叫号，屏幕照常 · there will be no voice; signs go on",
    "systemd": "没有 systemd，服务要自己想办法开机启动 · start the program by your own means",
}


def say(code: str, **params: object) -> str:
    """Return a sentence."""
    return _TEXTS[code].format(**params)


def finding(one: Finding) -> str:
    """Return a line for one thing looked at, with what to do where it is not well."""
    text = f"[{_LEVELS[one.level]}] {_FINDINGS[one.code].format(**one.params)}"
    return text if one.level == "good" else f"{text}\n       {_ADVICE[one.code].format(**one.params)}"
