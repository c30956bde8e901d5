"""Alerts leave the page: to programs by webhook, to people by e-mail. Nothing in the hall waits for them."""
