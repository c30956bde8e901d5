"""Pen tablets that the kernel shows as input devices."""
