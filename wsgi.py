"""The application for a WSGI server: `gunicorn wsgi:app`."""

from rewards.api import create_app

app = create_app()
