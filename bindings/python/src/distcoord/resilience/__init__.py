"""Circuit breakers and rate limiters."""
