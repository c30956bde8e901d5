"""The daemon in the virtual PC, where its unit expects it: /opt/kioskd, settings in /etc/kioskd."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
OPT = Path("/opt/kioskd")
ETC = Path("/etc/kioskd")
DATA = Path("/var/lib/kioskd")
_PACKAGES = ("kioskd", "drivers", "ui")


def script() -> str:
    """Lines of shell that install it.

    The unit hides people's folders, where this machine's Python and libraries may lie: they are mounted
    elsewhere, and a virtual environment is laid around them.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = OPT / "lib" / version / "site-packages"
    copies = " ".join(str(ROOT / package) for package in _PACKAGES)
    # Copied with their times, modules need not be compiled anew at every start.
    return f"""
        mkdir -p /opt/python /opt/libraries {OPT}/bin {site} {ETC}
        mount --bind {sys.base_prefix} /opt/python
        mount --bind {sysconfig.get_path("purelib")} /opt/libraries
        for library in /opt/python/lib/lib{version}*.so.*; do
            [ ! -e "$library" ] || ln -sf "$library" /usr/lib/{sysconfig.get_config_var("MULTIARCH")}/
        done
        ln -s /opt/python/bin/{version} {OPT}/bin/python
        echo "home = /opt/python/bin" >{OPT}/pyvenv.cfg
        echo /opt/libraries >{site}/libraries.pth
        cp -a {copies} {site}/
        cp -r {ROOT}/config/. {ETC}/
        cat >{OPT}/bin/kioskd <<'END'
#!{OPT}/bin/python
import sys
from kioskd.__main__ import main
sys.exit(main())
END
        chmod -R a+rX {OPT} {ETC}
        chown -R kioskd: {ETC}
        chmod a+x {OPT}/bin/kioskd
        cp {ROOT}/systemd/kioskd.service /etc/systemd/system/
        systemctl daemon-reload
    """
