"""Page tokens: where a list goes on, sealed, and good only for the request it came from."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from poolhouse.errors import InvalidParameterException
from poolhouse.flows.call import AnyCall

T = TypeVar("T")

PAGE = 60
"""How many a page has where the request does not say."""


def page(
    call: AnyCall,
    request: str,
    token: str | None,
    limit: int | None,
    *,
    fetch: Callable[[str | None, int], Sequence[T]],
    key: Callable[[T], str],
) -> tuple[Sequence[T], str | None]:
    """Return a page of a list, and the token for the next.

    Args:
        call: the call.
        request: as `next_token` takes it.
        token: as sent.
        limit: how many to return, as sent; none or 0 is for 60.
        fetch: returns what comes after a position, in order, and so many at most.
        key: returns the position of one.

    Raises:
        InvalidParameterException: as `position`.
    """
    after, size = position(call, request, token), limit or PAGE
    found = fetch(after, size + 1)
    return found[:size], next_token(call, request, key(found[size - 1]) if len(found) > size else None)


def next_token(call: AnyCall, request: str, position: str | None) -> str | None:
    """Return the token for the page after `position`, or None at the end of the list.

    Args:
        call: the call.
        request: the operation and all that the token is bound to, such as the pool and the filter.
        position: what the repository gave back, or None.
    """
    return None if position is None else call.vault.seal_token(f"page/{request}", position.encode())


def position(call: AnyCall, request: str, token: str | None) -> str | None:
    """Return the position that a token of the same request stands for; None for the list's beginning.

    Raises:
        InvalidParameterException: the token is none of ours, or another request's (digest «users» §6.2).
    """
    if token is None:
        return None
    opened = call.vault.open_token(f"page/{request}", token)
    if opened is None:
        raise InvalidParameterException(f"Paging marker {token} is invalid for request {call.request_id}")
    return opened.decode()
