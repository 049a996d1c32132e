"""``python -m omni`` is ``omni``."""

from omni.cli import run

run()
