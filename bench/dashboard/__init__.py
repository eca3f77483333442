"""The dashboard in a real Chromium, beside a server on the same machine."""
