"""The page of the sandbox, and the same over HTTP: `/_sandbox/`, which answers with JSON, or leads back to the page."""

from omni.sandbox._page._routes import page_routes

__all__ = ["page_routes"]
