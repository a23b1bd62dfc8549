"""The workbench for any WSGI server, as behind a reverse proxy."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "isocenter.web.settings")
application = get_wsgi_application()
