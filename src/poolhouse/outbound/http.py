"""An HTTP client that never waits for ever, follows no redirects, and can keep out of private networks."""

import ipaddress
import socket

import httpx2

from poolhouse.outbound import LARGEST_ANSWER


class AddressRefused(httpx2.TransportError):
    """The host resolves to an address that is not public."""


class AnswerTooLarge(httpx2.TransportError):
    """The answer is larger than `LARGEST_ANSWER`."""


class _PublicOnly(httpx2.BaseTransport):
    """Connects to public addresses alone.

    The name is resolved here and the address that was checked is the one connected to, so that a name whose
    answer changes in between gains nothing. TLS still verifies the name.
    """

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        address = _public_address(host, request.url.port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)  # the Host header keeps the name
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def _public_address(host: str, port: int | None) -> str:
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx2.ConnectError(str(error)) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(_is_public(address) for address in addresses):
        raise AddressRefused(f"{host} resolves to an address that is not public")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return bool(mapped.is_global and not mapped.is_multicast)


def client(timeout_seconds: float, *, public_only: bool = False) -> httpx2.Client:
    """Return a client; it is safe to share between threads.

    Args:
        timeout_seconds: time for connecting, and for each wait on the other side.
        public_only: raise `AddressRefused` for hosts that resolve to addresses of private networks.
    """
    transport = _PublicOnly(httpx2.HTTPTransport()) if public_only else None
    return httpx2.Client(timeout=timeout_seconds, transport=transport, follow_redirects=False)


def post(http: httpx2.Client, url: str, *, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """POST `content`; return the status and the body.

    Raises:
        httpx2.HTTPError: no answer, in time or at all; or an answer larger than `LARGEST_ANSWER`.
    """
    with http.stream("POST", url, content=content, headers=headers) as answer:
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise AnswerTooLarge(f"more than {LARGEST_ANSWER} bytes")
        return answer.status_code, bytes(body)
