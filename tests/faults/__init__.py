"""The promises of the design under fire: short in CI, long by `python -m pytest tests/faults --long`."""
