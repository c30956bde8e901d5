"""The touch kiosk: a process of its own that gives numbers. It knows the hub only by its HTTP API."""
