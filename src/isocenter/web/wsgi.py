"""The workbench for any WSGI server, as behind a reverse proxy; with the FHIR interfaces where settings ask for them.

Any number of processes may run it; they share the database and the data folder.
"""

from isocenter.web.serving.interfaces import Application, fhir_of_settings, interfaces_at, with_fhir
from isocenter.web.serving.preparing import set_up


def _application() -> Application:
    set_up()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415  # once the settings are known

    pages: Application = get_wsgi_application()
    base_url, fhir = fhir_of_settings()
    return pages if fhir is None else with_fhir(pages, interfaces_at(fhir, base_url).service)


application = _application()
