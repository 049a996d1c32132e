"""Cookies that are not kept: what comes with one lead's response has no business in the next lead's request."""

from http.cookiejar import CookieJar
from typing import Any

import httpx


class NoCookies(CookieJar):
    """Keeps none: what comes with one lead's answer has no business in the next lead's request. So it needs no lock."""

    def extract_cookies(self, response: Any, request: Any) -> None: ...


def copied_cookies(cookies: httpx.Cookies) -> httpx.Cookies | CookieJar:
    """Cookies of their own for a copy of a client; where none are kept, it keeps none either."""
    if not isinstance(cookies.jar, NoCookies):
        return cookies  # httpx copies them
    jar = NoCookies()
    for cookie in cookies.jar:
        jar.set_cookie(cookie)
    return jar
