"""The user's way in a real browser, against the server that ``./startup.sh`` starts."""
