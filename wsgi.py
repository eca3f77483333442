"""The WSGI application: ``gunicorn --bind 0.0.0.0:8000 wsgi:app``."""

from api.app import create_app

app = create_app()
