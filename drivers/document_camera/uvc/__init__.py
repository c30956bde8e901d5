"""USB video class cameras, through the kernel's V4L2."""
