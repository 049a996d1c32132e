"""``omni lead`` and ``omni document``; each module of this package adds its commands to them."""

from omni.cli._lead import _export as _export, _write as _write
from omni.cli._lead._read import lead as lead
from omni.cli._lead._transfer import document as document
