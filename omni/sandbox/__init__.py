"""A stand-in for the OmniAI API, to develop and test against without an account."""

from omni.sandbox._app import API_KEY, app
from omni.sandbox._samples import LEAD_ID, leads
from omni.sandbox._server import Sandbox, running, serve
from omni.sandbox._workspace import Workspace

__all__ = ["API_KEY", "LEAD_ID", "Sandbox", "Workspace", "app", "leads", "running", "serve"]
