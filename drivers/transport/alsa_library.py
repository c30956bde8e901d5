"""The few calls of libasound that playing takes, through ctypes.

libasound (LGPL) belongs to every Linux desktop and is used as it is found; no package on PyPI gives more
than these calls with wheels for all of our machines. Source of numbers: alsa-lib's include/pcm.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
from enum import IntEnum
from typing import Any

_PLAYBACK = 0
_S16_LE = 2
_INTERLEAVED = 3
_RESAMPLE = 1
_WAIT_MS = 200


class State(IntEnum):
    """``snd_pcm_state_t``."""

    OPEN = 0
    SETUP = 1
    PREPARED = 2
    RUNNING = 3
    XRUN = 4
    DRAINING = 5
    PAUSED = 6
    SUSPENDED = 7
    DISCONNECTED = 8


def load() -> Any:
    """Load libasound and declare what is used. Raises OSError where the machine has none."""
    library = ctypes.CDLL("libasound.so.2", use_errno=False)
    frames, pcm = ctypes.c_long, ctypes.c_void_p
    for name, result, arguments in (
        ("snd_pcm_open", ctypes.c_int, (ctypes.POINTER(pcm), ctypes.c_char_p, ctypes.c_int, ctypes.c_int)),
        (
            "snd_pcm_set_params",
            ctypes.c_int,
            (pcm, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_int, ctypes.c_uint),
        ),
        ("snd_pcm_wait", ctypes.c_int, (pcm, ctypes.c_int)),
        ("snd_pcm_avail_update", frames, (pcm,)),
        ("snd_pcm_writei", frames, (pcm, ctypes.c_char_p, ctypes.c_ulong)),
        ("snd_pcm_delay", ctypes.c_int, (pcm, ctypes.POINTER(frames))),
        ("snd_pcm_state", ctypes.c_int, (pcm,)),
        ("snd_pcm_start", ctypes.c_int, (pcm,)),
        ("snd_pcm_prepare", ctypes.c_int, (pcm,)),
        ("snd_pcm_drop", ctypes.c_int, (pcm,)),
        ("snd_pcm_close", ctypes.c_int, (pcm,)),
        ("snd_lib_error_set_handler", ctypes.c_int, (ctypes.c_void_p,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Card:
    """One open sound device, mono, 16 bit. Every call is short; all from one thread at a time."""

    def __init__(self, name: str, rate: int, buffer_s: float) -> None:
        """Raises OSError with the errno that ALSA gave, or without one where there is no libasound."""
        self._library = load()
        # libasound also writes its reasons to standard error, at every try. Any function of C's that does
        # nothing silences it; one of Python's would need memory that is both written and executed.
        nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
        self._library.snd_lib_error_set_handler(nothing)
        handle = ctypes.c_void_p()
        # Mode 1 is SND_PCM_NONBLOCK: a card that another program holds says so instead of waiting.
        try:
            _check(self._library.snd_pcm_open(ctypes.byref(handle), name.encode(), _PLAYBACK, 1))
        finally:
            self._library.snd_lib_error_set_handler(None)
        self._pcm = handle
        self._written = 0
        try:
            _check(
                self._library.snd_pcm_set_params(
                    handle, _S16_LE, _INTERLEAVED, 1, rate, _RESAMPLE, int(buffer_s * 1_000_000)
                )
            )
        except OSError:
            self.close()
            raise

    def write(self, data: bytes) -> int:
        """Hand over what the device has room for, waiting for it a moment; return bytes taken."""
        if self.state() in (State.XRUN, State.SETUP, State.SUSPENDED):
            self._written = 0
            _check(self._library.snd_pcm_prepare(self._pcm))
        if self.state() is not State.PREPARED and not _check(self._library.snd_pcm_wait(self._pcm, _WAIT_MS)):
            return 0
        room = self._library.snd_pcm_avail_update(self._pcm)
        if room == -errno.EPIPE:
            return 0
        frames = min(_check(room), len(data) // 2)
        if not frames:
            return 0
        written = self._library.snd_pcm_writei(self._pcm, data, frames)
        if written in (-errno.EAGAIN, -errno.EPIPE, -errno.ESTRPIPE):
            return 0
        self._written += _check(written)
        if self.state() is State.PREPARED:
            _check(self._library.snd_pcm_start(self._pcm))
        return int(written) * 2

    def waiting(self) -> int:
        """Return how many samples handed over have not been played."""
        if self.state() not in (State.RUNNING, State.DRAINING):
            return 0
        delay = ctypes.c_long()
        if self._library.snd_pcm_delay(self._pcm, ctypes.byref(delay)) < 0:
            return 0
        return max(0, min(delay.value, self._written))

    def state(self) -> State:
        """Return what the device says of itself."""
        return State(self._library.snd_pcm_state(self._pcm))

    def close(self) -> None:
        """Stop the sound and give the device back."""
        self._library.snd_pcm_drop(self._pcm)
        self._library.snd_pcm_close(self._pcm)


def _check(answer: int) -> int:
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return answer
