"""Between a request and its response: checks, deadline, retries, connection pool, logging."""
