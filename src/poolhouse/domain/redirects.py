"""Where browsers are sent back to: which addresses are a client's, and how an answer is put into one."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from poolhouse.domain.client import Client


def is_callback(client: Client, uri: str) -> bool:
    """Tell whether `uri` is one of the client's callback URLs: the very same text (RFC 9700 §2.1)."""
    return uri in client.callback_urls


def is_sign_out(client: Client, uri: str) -> bool:
    """Tell whether `uri` is one of the client's sign-out URLs: the very same text."""
    return uri in client.sign_out_urls


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """Return a redirect URI with parameters behind those that it has (RFC 6749 §4.1.2).

    Args:
        uri: one of a client's, which has no fragment.
        parameters: name → value, percent-encoded here.
    """
    separator = "?" if "?" not in uri else "" if uri.endswith(("?", "&")) else "&"
    return uri + separator + _encoded(parameters)


def with_fragment(uri: str, parameters: Mapping[str, str]) -> str:
    """Return a redirect URI with parameters in its fragment (RFC 6749 §4.2.2); arguments as `with_query`."""
    return f"{uri}#{_encoded(parameters)}"


def _encoded(parameters: Mapping[str, str]) -> str:
    return urlencode(parameters, quote_via=quote, safe="")
