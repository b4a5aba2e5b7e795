"""HTTP, and nothing but: the server, the WSGI callable, the JSON protocol's door, health, limits."""
