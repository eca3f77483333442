"""Traces of programs that speak OpenTelemetry: their spans as steps of a session's log."""
