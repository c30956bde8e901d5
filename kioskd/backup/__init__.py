"""Backups: sealed, proven by being restored, kept away from the hub; and the way back from one."""
