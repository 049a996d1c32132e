"""A cookie jar that stores no cookies: one lead's response must not influence the next lead's request."""

from http.cookiejar import CookieJar
from typing import Any

import httpx


class NoCookies(CookieJar):
    """Ignores the cookies of responses, so that it needs no lock; the caller may still set some."""

    is_empty = True

    def extract_cookies(self, response: Any, request: Any) -> None: ...

    def set_cookie(self, cookie: Any) -> None:
        """Set a cookie of the caller."""
        self.is_empty = False
        super().set_cookie(cookie)


def copy_cookies(cookies: httpx.Cookies) -> httpx.Cookies | CookieJar:
    """Cookies for a copy of a client; a jar that stores none is copied to one that stores none."""
    if not isinstance(cookies.jar, NoCookies):
        return cookies  # httpx copies them
    jar = NoCookies()
    for cookie in cookies.jar:
        jar.set_cookie(cookie)
    return jar
