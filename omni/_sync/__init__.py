# Derived from omni/_async/__init__.py by tools/unasync.py, do not edit.
"""The clients, and everything else that does I/O; ``omni/_sync`` is derived from here."""
