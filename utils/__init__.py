"""The event core and the floor under it: settings, database, events, log, emitter, streams."""
