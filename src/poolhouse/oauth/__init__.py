"""The documents and endpoints of OAuth 2.0 and OpenID Connect. So far: what a pool publishes of itself."""
