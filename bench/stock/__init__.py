"""The least a Flask application can be, to be started beside ours."""
