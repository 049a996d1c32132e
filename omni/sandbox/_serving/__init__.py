"""How a sandbox is served: the application, and the server that runs it in a thread or alone."""

from omni.sandbox._serving._app import API_KEY, app
from omni.sandbox._serving._server import Sandbox, running, serve

__all__ = ["API_KEY", "Sandbox", "app", "running", "serve"]
