"""What responses are read as: read-only views of JSON."""
