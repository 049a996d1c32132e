"""What an edit means for users: two versions of the spec and of the packages, compared."""
