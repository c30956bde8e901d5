"""Ratings go to the province's 好差评 interface: an outbox in the database, and ways to send."""
