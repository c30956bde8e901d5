"""USB devices in plain Python, plugged into the kernel's virtual USB host controller (vhci-hcd)."""
