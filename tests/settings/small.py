"""A hall small enough to break in one place at a time."""

from __future__ import annotations

from pathlib import Path

import kioskd
from kioskd.settings import Problem, check
from kioskd.settings.sentences import LANGUAGES, line

CONFIG = Path(kioskd.__file__).parent.parent / "config"

HALL = f"""
services = "services.toml"
calendars = ["2026.toml"]
layouts = "{CONFIG}/layouts"
profiles = "profiles"
evaluation_options = "{CONFIG}/evaluation-options.toml"

[hall]
id = "small"
name = {{ zh = "小厅", en = "Small hall" }}

[[zone]]
id = "east"
name = {{ zh = "东区", en = "East" }}

[[queue]]
id = "general"
prefix = "A"
name = {{ zh = "综合业务", en = "General" }}
zone = "east"

[[queue]]
id = "card"
prefix = "B"
name = {{ zh = "社保卡", en = "Card" }}
zone = "east"

[[window]]
id = "1"
zone = "east"
equipped = ["general", "card"]
skills = ["general"]

[[window]]
id = "2"
zone = "east"
equipped = ["general", "card"]

[[teller]]
id = "t1"
name = "样员01"
staff_no = "S1"
skills = ["general", "card"]

[[teller]]
id = "t2"
name = "样员02"
staff_no = "S2"
skills = ["general"]

[[roster]]
window = "1"
teller = "t1"
days = [1, 2]

[[roster]]
window = "2"
teller = "t2"

[calendar]
day_starts = "05:00"

[[calendar.session]]
id = "morning"
name = {{ zh = "上午", en = "Morning" }}
tickets_from = "08:20"
tickets_until = "11:50"
serve_from = "08:30"
serve_until = "12:00"

[[calendar.session]]
id = "afternoon"
name = {{ zh = "下午", en = "Afternoon" }}
months = [1, 2, 12]
tickets_from = "13:50"
tickets_until = "17:20"
serve_from = "14:00"
serve_until = "17:30"

[policy.order]
mode = "ageing"

[[policy.order.priorities]]
id = "elderly"
name = {{ zh = "老年人", en = "Elderly" }}

[policy.alerts]
waiting_tiers = [50, 80, 120]

[policy.voice]
call = {{ zh = "请{{ticket}}号到{{window}}号窗口", en = "{{ticket}} to {{window}}" }}

[[device]]
id = "sign-1"
driver = "caller_display.onbon_bx"
address = "serial:///dev/ttyS0?baudrate=9600"
unit = 1
profile = "sign"
window = "1"

[[device]]
id = "sign-2"
driver = "caller_display.onbon_bx"
address = "serial:///dev/ttyS0?baudrate=9600"
unit = 2
profile = "sign"
options = {{ align = "left" }}
window = "2"
zone = "east"

[[device]]
id = "keypad-1"
driver = "call_pad.ff68"
address = "tcp://10.0.0.5:4001"
window = "1"
"""

SERVICES = """
[[guide_field]]
id = "basis"
name = { zh = "办理依据", en = "Legal basis" }

[[guide_field]]
id = "phone"
name = { zh = "监督电话", en = "Complaints" }
common = { zh = "0000", en = "0000" }

[[service]]
code = "YL-001"
name = { zh = "参保登记", en = "Enrolment" }
initials = "cbdj"
queue = "general"
zone = "east"
promise = { kind = "immediate", minutes = 10 }
materials = [{ name = { zh = "身份证", en = "Identity card" } }]
guide.basis = { zh = "《中华人民共和国社会保险法》", en = "Social Insurance Law" }

[[service]]
code = "SK-001"
name = { zh = "申领", en = "First issue" }
queue = "card"
service_class = "special"
promise = { kind = "limited", days = 5 }
guide.basis = { zh = "管理办法", en = "Measures" }
guide.phone = { zh = "1111", en = "1111" }
"""

YEAR = """
year = 2026
holidays = ["2026-10-01", "2026-10-02"]

[make_up]
"2026-10-10" = 5
"""

PROFILE = """
card = "6K"
rows = 2
columns = 16
"""

FILES = {"hall.toml": HALL, "services.toml": SERVICES, "2026.toml": YEAR, "profiles/sign.toml": PROFILE}


def write(folder: Path, **changes: str) -> Path:
    """Write the small hall, with files replaced by name (``hall_toml=…``), and return its hall.toml."""
    (folder / "profiles").mkdir(exist_ok=True)
    for name, content in FILES.items():
        key = name.rpartition("/")[2].replace(".", "_")
        (folder / name).write_text(changes.get(key, content), encoding="utf-8")
    return folder / "hall.toml"


def found(file: Path) -> list[Problem]:
    """Check a file that must have problems, each of which has words in both languages."""
    checked = check(file)
    assert checked.settings is None
    assert checked.problems
    for problem in checked.problems:
        for language in LANGUAGES:
            said = line(problem, language)
            assert problem.file.name in said
            assert "{" not in said.replace("{ticket}", "").replace("{window}", "") or problem.code.startswith(
                ("template", "text.", "value.", "key.", "file.")
            )
    return list(checked.problems)
