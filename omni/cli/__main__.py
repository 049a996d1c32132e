"""``python -m omni.cli`` is ``omni``."""

from omni.cli import run

run()
