"""What the operating system refuses, in words people know: a sentence for each class of errno."""

from __future__ import annotations

import errno

WORDS: dict[str, tuple[str, str]] = {
    "no_permission": ("没有权限", "no permission"),
    "in_use": ("正被别的程序使用", "another program is using it"),
    "missing": ("不存在", "it does not exist"),
    "exists": ("已经存在", "it exists already"),
    "is_a_folder": ("是一个目录", "it is a folder"),
    "not_a_folder": ("路径里有一段不是目录", "a part of the path is no folder"),
    "disk_full": ("磁盘已满", "the disk is full"),
    "read_only": ("磁盘是只读的", "the disk is read-only"),
    "disk_error": ("磁盘读写出错", "the disk fails to read or write"),
    "too_many_open": ("打开的文件太多", "too many files are open"),
    "no_memory": ("内存不足", "there is not enough memory"),
    "name_too_long": ("名字太长", "the name is too long"),
    "loop": ("链接绕成了一圈", "its links lead round in a circle"),
    "no_address": ("本机没有这个网络地址", "this PC has no such network address"),
    "no_device": ("设备不在", "the device is not there"),
    "no_answer": ("对方没有应答", "the other end does not answer"),
    "refused": ("对方拒绝连接", "the other end refuses the connection"),
    "no_route": ("网络不通", "the network does not reach it"),
    "broken": ("连接已断开", "the connection broke"),
    "other": ("系统错误 {name}", "system error {name}"),
}
"""Every class with its clause, Chinese and English, to stand behind what it is about."""

_CLASSES: dict[str, tuple[int, ...]] = {
    "no_permission": (errno.EACCES, errno.EPERM),
    "in_use": (errno.EADDRINUSE, errno.EBUSY, errno.ETXTBSY),
    "missing": (errno.ENOENT,),
    "exists": (errno.EEXIST, errno.ENOTEMPTY),
    "is_a_folder": (errno.EISDIR,),
    "not_a_folder": (errno.ENOTDIR,),
    "disk_full": (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    "read_only": (errno.EROFS,),
    "disk_error": (errno.EIO,),
    "too_many_open": (errno.EMFILE, errno.ENFILE),
    "no_memory": (errno.ENOMEM,),
    "name_too_long": (errno.ENAMETOOLONG,),
    "loop": (errno.ELOOP,),
    "no_address": (errno.EADDRNOTAVAIL,),
    "no_device": (errno.ENODEV, errno.ENXIO),
    "no_answer": (errno.ETIMEDOUT,),
    "refused": (errno.ECONNREFUSED,),
    "no_route": (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN),
    "broken": (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE),
}
_BY_NUMBER = {number: name for name, numbers in _CLASSES.items() for number in numbers}


def class_of(error: OSError) -> str:
    """Return which of `WORDS` an error is."""
    return _BY_NUMBER.get(error.errno or 0, "other")


def why_named(name: str, language: str) -> str:
    """Return the reason for an errno's name such as ``ENODEV``."""
    return WORDS[_BY_NUMBER.get(getattr(errno, name, 0), "other")][language != "zh"].format(name=name)


def why(error: OSError, language: str) -> str:
    """Return the reason alone: ``没有权限``, ``no permission``. ``language`` is ``zh`` or ``en``."""
    name = errno.errorcode.get(error.errno or 0, str(error.errno or type(error).__name__))
    return why_named(name, language)


def explain(error: OSError, language: str) -> str:
    """Return the reason with the file it is about, where the error names one."""
    reason = why(error, language)
    if error.filename is None:
        return reason
    return f"{error.filename}：{reason}" if language == "zh" else f"{error.filename}: {reason}"
