"""Connections below httpx: how long they wait, which of them are used again, and how large bodies go past h11."""
