"""A hall and its central queue server: what they say to each other, and the hall's end of it.

The journal is the outbox: an append-only log per hall, contiguous in (epoch, seq), acknowledged
cumulatively, one request in flight. There is one writer, so the position is the order.
"""
