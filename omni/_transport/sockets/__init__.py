"""Sockets below httpx: how long they wait, how the async client uses them, and how large bodies are taken from them."""
