"""What others say is wrong, in Chinese: messages of the TOML reader, of addresses, of options of drivers.

A sentence that is half in each language helps nobody. What is not known here is told as it came.
"""

from __future__ import annotations

import re

_MESSAGES: tuple[tuple[str, str], ...] = (
    # Python's tomllib.
    (r"Invalid statement", "这一行既不是“键 = 值”，也不是 [表]"),
    (r"Expected newline or end of document after a statement", "值的后面还有多余的内容"),
    (r"Expected '=' after a key in a key/value pair", "键的后面缺少等号"),
    (r"Expected '\]' at the end of a table declaration", "表名后面缺少 ]"),
    (r"Expected '\]\]' at the end of an array declaration", "表名后面缺少 ]]"),
    (r"Expected (.+)", "缺少 {0}"),
    (r"Found invalid character (.+)", "有不允许的字符 {0}"),
    (r"Illegal character (.+)", "有不允许的字符 {0}"),
    (r"Cannot declare (.+) twice", "表 {0} 写了两次"),
    (r"Cannot overwrite a value", "同一个键写了两次"),
    (r"Cannot mutate immutable namespace (.+)", "{0} 在前面已经写完，不能再加内容"),
    (r"Cannot redefine namespace (.+)", "{0} 在前面已经写过"),
    (r"Duplicate inline table key (.+)", "花括号里的键 {0} 写了两次"),
    (r"Invalid initial character for a key part", "键的名字不能以这个字符开头"),
    (r"Unclosed array", "方括号没有收尾"),
    (r"Unclosed inline table", "花括号没有收尾"),
    (r"Unescaped '\\' in a string", "引号里的反斜杠要写成两个"),
    (r"Invalid hex value", "\\u 后面应是十六进制数字"),
    (r"Escaped character is not a Unicode scalar value", "\\u 后面的数字不是一个字符"),
    (r"Unterminated string", "引号没有收尾"),
    (r"Invalid date or datetime", "没有这个日期或时间"),
    (r"Invalid value", "等号后面不是可以使用的值，文字要加引号"),
    (r"nested too deeply", "嵌套太深"),
    (r".*(?:day|month|year|hour|minute|second).*(?:range|must be in).*", "没有这个日期或时间"),
    (r"Exceeds the limit .* for integer string conversion.*", "数字太长"),
    # Addresses of devices.
    (r"it must look like scheme://target, such as (.+)", "应写作“方式://地址”，例如 {0}"),
    (r"nothing stands after ://", "“://”后面没有内容"),
    (r"it holds a blank or a control character", "里面有空格或控制字符"),
    (r"(.+) is not key=value", "{0} 不是“键=值”"),
    (r"(.+) is given twice", "{0} 写了两次"),
    (r"it must hold a full path, such as (.+)", "应写完整的路径，例如 {0}"),
    (r"the port is missing, as in (.+)", "缺少端口，应如 {0}"),
    (r"an IPv6 host stands in brackets, as in (.+)", "IPv6 地址要放在方括号里，例如 {0}"),
    (r"the host is missing or wrong", "主机名缺少或不对"),
    (r"(.+) is not a port number from 1 to 65535", "{0} 不是 1 到 65535 的端口号"),
    (r"vendor and product are four hex digits each, as in (.+)", "厂商和产品各是四位十六进制数，例如 {0}"),
    (r"port (.+) is not a place such as (.+)", "{0} 不是插口的位置，应如 {1}"),
    (r"(.+) is not one of (.+)", "{0} 不能用在这里，可用：{1}"),
    (r"baudrate (.+) is not a number from 300 to 4000000", "波特率 {0} 不在 300 到 4000000 之间"),
    (r"parity (.+) is not N, E or O", "校验 {0} 只能是 N、E 或 O"),
    (r"stopbits (.+) is not 1 or 2", "停止位 {0} 只能是 1 或 2"),
    (r"rs485_gap_ms (.+) is not a number from 0 to 1000", "rs485_gap_ms {0} 不在 0 到 1000 之间"),
)
_KNOWN = tuple((re.compile(message, re.DOTALL), words) for message, words in _MESSAGES)
_OF_AN_ADDRESS = re.compile(r"(?:address )?(?P<text>'.*?'|\".*?\"): (?P<why>.+)", re.DOTALL)


def in_chinese(detail: str) -> str | None:
    """Return the message in Chinese, with what it quotes; None for one that is not known."""
    before = ""
    if (address := _OF_AN_ADDRESS.fullmatch(detail)) is not None:
        before, detail = f"{address['text']}：", address["why"]
    for message, words in _KNOWN:
        if (found := message.fullmatch(detail)) is not None:
            return before + words.format(*found.groups())
    return None
