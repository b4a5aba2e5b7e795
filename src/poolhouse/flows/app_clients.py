"""What making an app client takes, whoever makes it: its id and its secrets."""

import string

from poolhouse.domain.client import ClientSecret
from poolhouse.flows.call import AnyCall

_ALPHABET = string.digits + string.ascii_lowercase
_ID_LENGTH = 26
_SECRET_LENGTH = 51


def new_id(call: AnyCall) -> str:
    """Return an id for a new client."""
    return call.entropy.text(_ID_LENGTH, _ALPHABET)


def new_secret(call: AnyCall) -> str:
    """Return a secret that nobody knows yet."""
    return call.entropy.text(_SECRET_LENGTH, _ALPHABET)


def sealed(call: AnyCall, client_id: str, secret: str, now: float) -> ClientSecret:
    """Return a client's secret as it is stored.

    Args:
        call: the request.
        client_id: whose.
        secret: in the clear.
        now: seconds since the epoch.
    """
    kept = call.vault.seal(f"clients/{client_id}/secret", secret.encode())
    return ClientSecret(secret_id(client_id, int(now)), kept, now)


def secret_id(client_id: str, epoch: int) -> str:
    """Return the id of a secret of some second."""
    return f"{client_id}--{epoch}"
