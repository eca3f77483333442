"""The doorbell: wake-ups between processes, with the news itself where it is small."""
