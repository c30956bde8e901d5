"""Printers behind IPP, as CUPS has them."""
