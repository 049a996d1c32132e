# Derived from omni/_async/__init__.py by tools/unasync.py, do not edit.
"""The parts that wait: ``omni/_sync`` is derived from ``omni/_async``."""
