"""Readers that look like USB keyboards and type each code."""
