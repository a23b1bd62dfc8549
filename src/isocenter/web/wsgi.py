"""The workbench for any WSGI server, as behind a reverse proxy; with the FHIR interfaces where settings ask for them.

Any number of processes may run it; they share the database and the data folder.
"""

import threading

from isocenter.fhir.serving.pauses import collect_in_small_steps
from isocenter.web.serving.interfaces import Application, fhir_of_settings, interfaces_at, with_fhir, without_fhir
from isocenter.web.serving.preparing import set_up


def _application() -> Application:
    set_up()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415  # once the settings are known

    pages: Application = get_wsgi_application()
    base_url, fhir = fhir_of_settings()
    collect_in_small_steps()
    if fhir is None:
        return without_fhir(pages)
    from isocenter.fhir.serving.serving import prepare  # noqa: PLC0415  # its libraries are an extra

    service = interfaces_at(fhir, base_url).service
    threading.Thread(target=prepare, args=(service,), daemon=True).start()
    return with_fhir(pages, service)


application = _application()
