"""The heart of a hall: pure rules, no I/O, no clock, no randomness.

    decide(state, command, now: Moment) -> tuple[Event, ...] | Refusal      changes nothing
    apply(state, event, now: Moment, position: Position) -> None            in place
    next_deadline(state, now: Moment | None = None) -> int | None           hall ms; send `Tick` then

Start a process with ``StartHub``, ``Tick``, ``ApplySettings``, ``Tick``. One `Tick` does one stage of
what is due (day, then time-outs, then alerts), so `next_deadline` may already be over when it
returns: tick again. Look at most a few times a second, and at least once a minute, because the
wall clock may jump.

Import from the modules: commands, events, codec (bytes), model and state (new_state, dump, load,
APPLY_VERSION), decide, apply, deadlines, queries.
"""
