"""Downloads and uploads: decisions, file names, atomic writes and results."""
