"""The hardware lab: the drivers and the daemon against the devices of a real kernel, in a small virtual PC.

`make hardware-test` runs it; docs/hardware-lab.md says what it shows and how to add a device. What is in
`devices` and `hall_pc` are tests that run inside that PC, never in the ordinary run of tests.
"""
