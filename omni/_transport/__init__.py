"""Everything between a request and its response that needs no waiting."""
