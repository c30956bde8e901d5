"""Office printers: print queues of an operating system, such as CUPS."""
