"""The central queue server of a city or province: every hall's log, and what is made of it."""
