"""No browser and no cache keeps a page of the workbench, unless the page itself says so."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control


class KeptByNoCache:
    """Marks every answer that says nothing of caches, also of sign-in, of invitations and of mistakes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, http: HttpRequest) -> HttpResponseBase:
        """The answer to a request."""
        response = self._get_response(http)
        if "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True, private=True)
        return response
