"""A second PC that holds all the hub has and can take its place; and how the first one learns of it."""
