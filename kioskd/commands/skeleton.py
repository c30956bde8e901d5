"""The files of a new driver, as text with ``$`` names to fill in.

What they hold works: an example protocol, spoken by the driver and its simulator over a real port. A
technician replaces it piece by piece by what the maker's manual says; the generated tests fail
until the first frames of that manual stand in them and the driver is registered.
"""

from __future__ import annotations

from string import Template

from kioskd.commands.skeleton_kinds import CODEC_NAMES, KINDS
from kioskd.commands.skeleton_texts import CODEC, DRIVER, PROFILE, SIMULATOR, TESTS

_DRIVER_IMPORTS = {
    "drivers.device": "DeviceSink Wanted",
    "drivers.errors": "ConfigurationError TransientError",
    "drivers.facts": "fact",
    "drivers.status": "DeviceState DeviceStatus ErrorAction",
    "drivers.transport.api": "Line",
    "$package.codec": CODEC_NAMES,
}
_SIMULATOR_IMPORTS = {"$package.codec": CODEC_NAMES, "$package.driver": "Options"}
_TEST_IMPORTS = {
    "drivers.registry": "DRIVERS",
    "drivers.status": "DeviceState",
    "drivers.transport.line": "open_line",
    "drivers.transport.simulated": "PtyPort",
    "$package.codec": "MAX_DATA MAX_FRAME Frame decoder encode",
    "$package.driver": "Options build",
    "$package.simulator": "$simulator_class",
    "tests.drivers.owner": "Owner Pulse",
}
"""Modules and the names taken from them, in the order that ruff gives them."""
_LINE = 110


def files(device_class: str, name: str) -> dict[str, str]:
    """The files of a new driver by their path in the source tree."""
    kind = KINDS[device_class]
    camel = "".join(part.capitalize() for part in name.split("_"))
    values = {
        "name": name,
        "driver": f"{device_class}.{name}",
        "package": f"drivers.{device_class}.{name}",
        "base": kind.base,
        "driver_class": f"{camel}{kind.suffix}",
        "simulator_class": f"Simulated{camel}",
        "profile_name": f"{name}-{kind.fill['kind']}".replace("_", "-"),
        "fast_answer": "200",
        "state": "",
        "constants": "",
        "test_asyncio": "import asyncio\n" if device_class == "printer" else "",
        **kind.fill,
    }
    values["imports"] = _imports({**_DRIVER_IMPORTS, **kind.driver_imports}, values)
    values["simulator_imports"] = _imports(_SIMULATOR_IMPORTS, values)
    values["test_imports"] = _imports({**_TEST_IMPORTS, **kind.test_imports}, values)
    # It holds names itself.
    values["work"] = Template(values["work"]).substitute(values)
    folder = f"drivers/{device_class}/{name}"
    made = {
        f"{folder}/codec.py": CODEC,
        f"{folder}/driver.py": DRIVER,
        f"{folder}/simulator.py": SIMULATOR,
        f"config/profiles/{values['profile_name']}.toml": PROFILE,
        f"tests/drivers/{device_class}/test_{name}.py": TESTS,
    }
    return {f"{folder}/__init__.py": ""} | {
        path: Template(text).substitute(values) for path, text in made.items()
    }


def _imports(modules: dict[str, str], values: dict[str, str]) -> str:
    """Import lines as ruff sorts and breaks them."""
    filled = {
        Template(module).substitute(values): Template(names).substitute(values).split()
        for module, names in modules.items()
    }
    lines = []
    for module, names in sorted(filled.items()):
        line = f"from {module} import {', '.join(names)}"
        if len(line) > _LINE:
            line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        lines.append(line)
    return "\n".join(lines)
