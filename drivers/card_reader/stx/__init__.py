"""Readers that wrap the security module in frames of their own, ``02 … 03``."""
