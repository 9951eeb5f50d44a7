"""The application for a WSGI server: `gunicorn wsgi:app`."""

from rewards.api import create_app

from rewards.logs import configure_logging
from rewards.settings import read_settings

_settings = read_settings()
configure_logging(_settings)
app = create_app(settings=_settings)
