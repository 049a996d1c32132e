"""The operations of the API, in the module of their noun, and how their requests are read."""
