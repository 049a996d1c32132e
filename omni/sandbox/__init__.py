"""A stand-in for the OmniAI API, to develop and test against without an account."""

from omni.sandbox._app import API_KEY, app
from omni.sandbox._leads import LEAD_ID, leads
from omni.sandbox._server import Sandbox, running, serve

__all__ = ["API_KEY", "LEAD_ID", "Sandbox", "app", "leads", "running", "serve"]
