"""A pool's public documents: its keys, and where its endpoints are (digest «sign-in» §3.1, §5.2)."""

from collections.abc import Mapping
from typing import Any

from poolhouse.flows.hosts import base_url, registration_url
from poolhouse.keys.signing import SigningKeys
from poolhouse.settings import Settings
from poolhouse.store.cache import ConfigCache


class Discovery:
    """Answers `<issuer>/.well-known/<document>`."""

    def __init__(self, settings: Settings, config: ConfigCache, signing: SigningKeys) -> None:
        """Take what it works with."""
        self._settings = settings
        self._config = config
        self._signing = signing

    def __call__(self, pool_id: str, document: str) -> Mapping[str, Any] | None:
        """Return a document.

        Args:
            pool_id: as in the path.
            document: `jwks.json` or `openid-configuration`.

        Returns:
            None where there is no such pool, or no such document.
        """
        pool = self._config.pool(pool_id)
        if pool is None:
            return None
        if document == "jwks.json":
            return self._signing.jwks(pool_id)
        if document == "openid-configuration":
            document_ = _configuration(self._settings.issuer(pool_id), base_url(self._settings, pool))
            registers = registration_url(self._settings, pool)
            return document_ | {"registration_endpoint": registers} if registers else document_
        return None


def _configuration(issuer: str, base: str | None) -> dict[str, Any]:
    """Return the configuration of a pool.

    Without a domain its endpoints are on the issuer's host and do not work, as with the service. What relying
    parties take from it then is the issuer, which equals the URL they asked, and `jwks_uri`.

    The service tells neither that PKCE works nor that its answers name the issuer, and many a client refuses
    a server for the former.

    Args:
        issuer: the pool's.
        base: where its pages and endpoints are; None where it has none.
    """
    endpoints = f"{base}/oauth2" if base else issuer
    return {
        "authorization_endpoint": f"{endpoints}/authorize",
        "authorization_response_iss_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": f"{base or issuer}/logout",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": f"{endpoints}/revoke",
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": f"{endpoints}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{endpoints}/userInfo",
    }
