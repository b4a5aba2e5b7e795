"""What a pool publishes of itself."""

import pytest

from poolhouse.oauth.discovery import Discovery
from support.issuing import OTHER_POOL, POOL, URL, issuing


@pytest.fixture
def discovery(store, clock):
    with issuing(store, clock) as made:
        yield Discovery(made.settings, made.config, made.signing)


def test_the_issuer_is_the_url_the_document_was_asked_of(discovery):
    document = discovery(POOL, "openid-configuration")
    assert document["issuer"] == f"{URL}/{POOL}"
    assert document["jwks_uri"] == f"{URL}/{POOL}/.well-known/jwks.json"
    assert set(document) == {
        "authorization_endpoint",
        "authorization_response_iss_parameter_supported",
        "code_challenge_methods_supported",
        "end_session_endpoint",
        "id_token_signing_alg_values_supported",
        "issuer",
        "jwks_uri",
        "response_types_supported",
        "revocation_endpoint",
        "scopes_supported",
        "subject_types_supported",
        "token_endpoint",
        "token_endpoint_auth_methods_supported",
        "userinfo_endpoint",
    }


def test_the_keys(discovery):
    assert len(discovery(POOL, "jwks.json")["keys"]) == 2


def test_what_is_not_there_is_none_and_makes_no_keys(discovery, store):
    assert discovery(OTHER_POOL, "jwks.json") is None
    assert discovery(OTHER_POOL, "openid-configuration") is None
    assert discovery(POOL, "other") is None
    assert store.read(lambda tx: tx.signing_keys.list(OTHER_POOL)) == []
