"""Sockets below httpx: how the async client makes and uses them, and how large bodies are taken from them."""
