"""The parts that wait: ``omni/_sync`` is derived from ``omni/_async``."""
