"""Where documents go: each archive acknowledges by hash what it has."""
