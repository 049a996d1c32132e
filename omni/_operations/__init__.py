"""The operations of the API: what each sends, and what its response is read as."""
