"""The clients, and everything else that does I/O; ``omni/_sync`` is derived from here."""
