"""The kiosk as a state machine: pure, with time as data.

``screens`` are what can be shown, ``events`` what happens and what is to be done about it, ``kiosk`` is
the whole state, ``step`` moves it on. Every screen but the bare home screen has a moment at which it
leaves by itself, so nothing that happens, or fails to happen, can leave the kiosk stuck.
"""
