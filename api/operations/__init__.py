"""For whoever operates the server: metrics, logs, the dashboard's files, the API's description."""
