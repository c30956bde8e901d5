"""A virtual PC with a real kernel, which sees this machine's files and forgets what it writes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.hardware_lab.kernel import Kernel
from tests.hardware_lab.needs import virtiofsd

GUEST = Path(__file__).parent / "guest"
_ENDED = re.compile(r"session ended: (\d+)")
_QUIET = "quiet loglevel=4 panic=-1 tsc=reliable no_timer_check mitigations=off cryptomgr.notests"
_SOCKET_S = 10.0
_KVM_S = 5.0
_CONSOLE_SHOWN = 3000
_EMULATED = "tcg,thread=multi,tb-size=512"


class LabError(Exception):
    """The virtual PC itself failed, or a test in it."""


class Machine:
    """A PC that was switched on. Lines of its session go to ``say``."""

    def __init__(
        self, process: asyncio.subprocess.Process, console: Path, say: Callable[[str], None]
    ) -> None:
        self._process = process
        self._console = console
        self._say = say
        self._ended: int | None = None
        self._reading = asyncio.create_task(self._read())

    async def session(self) -> None:
        """Wait for the end of the session. Raises `LabError` when it failed."""
        await self._process.wait()
        await self._reading
        if self._ended is None:
            said = self._console.read_text("utf-8", "replace")[-_CONSOLE_SHOWN:]
            raise LabError(f"the session never came to its end; the kernel's last words:\n{said}")
        if self._ended:
            raise LabError(f"the session ended with {self._ended}")

    def cut_power(self) -> None:
        """Kill it, as a power cut does: nothing in it is told, nothing is flushed."""
        _kill(self._process)

    async def off(self) -> None:
        """Cut its power and wait until it is off."""
        self.cut_power()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            text = line.decode("utf-8", "replace").rstrip()
            if ended := _ENDED.fullmatch(text):
                self._ended = int(ended[1])
            else:
                self._say(text)


@asynccontextmanager
async def machine(
    kernel: Kernel,
    script: str,
    say: Callable[[str], None],
    *,
    accelerator: str,
    init: str = "",
    words: str = "",
    hardware: Sequence[str] = (),
    memory_mb: int = 1536,
    processors: int = 2,
) -> AsyncIterator[Machine]:
    """Switch a PC on; it is off, come what may, when the block is left.

    ``script`` is run by a shell in it. ``hardware`` are further arguments of QEMU, in which ``{folder}``
    stands for a folder of the host for sockets; ``words`` goes on the kernel's command line; ``init`` takes
    the place of ``guest/start.sh``.
    """
    with tempfile.TemporaryDirectory(prefix="kioskd-lab-") as name:
        folder = Path(name)
        (folder / "session").write_text(script, "utf-8")
        memory = f"memory-backend-memfd,id=memory,size={memory_mb}M,share=on"
        command_line = (
            f"console=ttyS0 {_QUIET} lab.modules={kernel.modules} lab.folder={GUEST}"
            f" lab.session={folder / 'session'} {f'lab.init={init}' if init else ''} {words}"
        )
        qemu = [
            *("qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-accel", accelerator),
            *("-smp", str(processors), "-m", str(memory_mb), "-nodefaults", "-display", "none", "-no-reboot"),
            *("-kernel", str(kernel.image), "-initrd", str(kernel.initramfs), "-append", command_line),
            *("-serial", f"file:{folder / 'console'}"),
            *("-object", memory, "-numa", "node,memdev=memory"),
            *("-chardev", f"socket,id=files,path={folder / 'files'}"),
            *("-device", "vhost-user-fs-pci,chardev=files,tag=host,queue-size=1024"),
            *("-device", "virtio-serial-pci", "-chardev", "stdio,id=out,signal=off"),
            *("-device", "virtconsole,chardev=out", "-device", "virtio-rng-pci"),
            *(word.replace("{folder}", name) for word in hardware),
        ]
        files = await _start(_file_server(folder / "files"))
        pc = None
        try:
            await _socket(folder / "files")
            process = await _start(qemu, stdout=asyncio.subprocess.PIPE)
            pc = Machine(process, folder / "console", say)
            yield pc
        finally:
            if pc is not None:
                await pc.off()
            _kill(files)
            await files.wait()


async def accelerator(kernel: Kernel) -> str:
    """``kvm`` where the kernel starts with it, else emulation: /dev/kvm alone proves nothing."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return _EMULATED
    qemu = [
        *("qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-accel", "kvm", "-m", "256", "-nodefaults"),
        *("-display", "none", "-no-reboot", "-kernel", str(kernel.image), "-serial", "stdio"),
        *("-append", "console=ttyS0 panic=-1"),
    ]
    process = await _start(qemu, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_KVM_S):
            first = await process.stdout.readline()
    except TimeoutError:
        first = b""
    finally:
        _kill(process)
        await process.communicate()
    return "kvm" if first else _EMULATED


def _file_server(path: Path) -> list[str]:
    server = virtiofsd()
    common = [str(server), f"--socket-path={path}"]
    if server.parent.name == "qemu":
        options = "source=/,cache=always,sandbox=chroot,no_writeback,no_posix_lock,no_flock"
        return [*common, "-o", options]
    return [*common, "--shared-dir=/", "--cache=always", "--sandbox=chroot"]


async def _start(
    command: Sequence[str], stdout: int = asyncio.subprocess.DEVNULL
) -> asyncio.subprocess.Process:
    # Whatever ends this process, the kernel ends its children: nothing is ever left running.
    return await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", signal.SIGKILL.name.removeprefix("SIG"), "--", *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=asyncio.subprocess.DEVNULL,
    )


def _kill(process: asyncio.subprocess.Process) -> None:
    # Process.kill() first looks whether it has ended, and so takes its end from the loop's own watcher.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _socket(path: Path) -> None:
    async with asyncio.timeout(_SOCKET_S):
        while not path.exists():
            await asyncio.sleep(0.01)
