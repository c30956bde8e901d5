"""Releases of kioskd on a PC: putting one there, going over to it, going back, taking it away.

A release is a folder that nothing outside it is needed for (see `Layout`); which one runs is said by one
symbolic link. Data and settings lie elsewhere and outlive every release.
"""
