"""What others say is wrong, in Chinese: messages of the TOML reader.

A sentence that is half in each language helps nobody. What is not known here is told as it came.
"""

from __future__ import annotations

import re

_MESSAGES: tuple[tuple[str, str], ...] = (
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
)
_KNOWN = tuple((re.compile(message, re.DOTALL), words) for message, words in _MESSAGES)


def in_chinese(detail: str) -> str | None:
    """Return the message in Chinese, with what it quotes; None for one that is not known."""
    for message, words in _KNOWN:
        if (found := message.fullmatch(detail)) is not None:
            return words.format(*found.groups())
    return None
