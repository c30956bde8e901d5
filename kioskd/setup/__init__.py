"""A hall's first settings, asked for on a page: the same files that a hand would write, and written over
again as a hand would, with its comments left where they are.
"""
