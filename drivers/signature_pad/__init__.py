"""Pads on which people sign."""
