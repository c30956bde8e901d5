"""Documents: from a camera's frame to an encrypted page, and on to the archive."""
