"""Loudspeakers that take plain PCM: this PC's sound card, or another machine's over the network."""
