"""Settings: one TOML file per PC and the files it names, checked whole and composed of the rooms' structs."""

from kioskd.settings.addresses import AddressFile
from kioskd.settings.editor import HallFileEditor
from kioskd.settings.model import HallSettings
from kioskd.settings.problems import Problem, SettingsError
from kioskd.settings.read import Checked, check, load, load_station
from kioskd.settings.sentences import line, sentence
from kioskd.web.catalogue import EvaluationOptions, GuideField

__all__ = [
    "AddressFile",
    "Checked",
    "EvaluationOptions",
    "GuideField",
    "HallFileEditor",
    "HallSettings",
    "Problem",
    "SettingsError",
    "check",
    "line",
    "load",
    "load_station",
    "sentence",
]
