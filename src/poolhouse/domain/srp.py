"""SRP-6a as the service and its clients speak it (digest «sign-in» §2.9, test vectors §7).

The group is the 3,072-bit one of RFC 3526 with generator 2; the hash is SHA-256. Numbers are hashed as Java's
BigInteger gives them: as few bytes as hold them, and a zero byte in front when the top bit is set.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

try:
    from gmpy2 import mpz, powmod
except ImportError:  # the extra `fast`; without it the language's own numbers do, at eight times the price
    mpz = int
    powmod = pow

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2

NUMBER_BYTES = 384
"""Size of a number modulo N."""
SALT_BYTES = 16
SECRET_BYTES = 32
"""Size of the server's secret exponent: 256 bits, of which one is the sign (RFC 5054 §3.1 asks for 256)."""

_ROWS = 8
_COLUMNS = SECRET_BYTES * 8 // _ROWS

_N = mpz(N)
_INFO = b"Caldera Derived Key"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMESTAMP = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rf"({'|'.join(_MONTHS)}) ([0-9]{{1,2}}) ([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}}) UTC ([0-9]{{4}})\Z"
)
_HEX = re.compile(r"[0-9A-Fa-f]{1,768}\Z")


@dataclass(frozen=True, slots=True)
class ServerSecret:
    """The server's half of a session: its secret exponent b, and the sign of its power.

    2 generates only the squares modulo N. Were B = k·v + g^b always, then whoever asks for a few dozen of
    them could sort out passwords at home, with no answer of ours: B minus k·g^x is a square each time for the
    right password, and half the time for any other. So chance chooses between g^b and its negative. Clients
    cannot tell; their shared secret differs in its sign at most, which `signature_matches` allows for.
    """

    exponent: int
    negative: bool

    @classmethod
    def from_bytes(cls, drawn: bytes) -> "ServerSecret":
        """Return the secret that `SECRET_BYTES` random bytes stand for: the first bit is the sign."""
        number = int.from_bytes(drawn, "big")
        sign = 1 << (len(drawn) * 8 - 1)
        return cls(number & (sign - 1), bool(number & sign))


def pad(number: int) -> bytes:
    """Return `number` as Java's BigInteger.toByteArray gives it: a positive number's top bit is never set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


K = int.from_bytes(_hash(pad(N), pad(G)), "big")


def _combs() -> tuple[list[int], list[int]]:
    """Return two tables of G's powers, of which 32 products and 16 squares make any other.

    The fixed-base comb of Lim and Lee (CRYPTO '94): the exponent's bits in eight rows of 32. What the eight
    bits of a column stand for is looked up, in one table for the first 16 columns and in one for the others.
    """
    teeth, tables = [powmod(G, 1 << _COLUMNS * row, _N) for row in range(_ROWS)], []
    for _ in range(2):
        table = [mpz(1)]
        for tooth in teeth:
            table += [number * tooth % _N for number in table]
        tables.append(table)
        teeth = [powmod(tooth, 1 << _COLUMNS // 2, _N) for tooth in teeth]
    return tables[0], tables[1]


_LOW, _HIGH = _combs()


def _power_of_g(exponent: int) -> int:
    """Return G^exponent modulo N, in a quarter of the time of a power of any other number."""
    if exponent >> SECRET_BYTES * 8:
        return int(powmod(G, exponent, _N))
    bits = f"{exponent:0{SECRET_BYTES * 8}b}"
    columns = [int(bits[column::_COLUMNS], 2) for column in range(_COLUMNS)]
    middle = _COLUMNS // 2
    product = mpz(1)
    for high, low in zip(columns[:middle], columns[middle:], strict=True):
        product = product * product % _N * _HIGH[high] % _N * _LOW[low] % _N
    return int(product)


def parse_public(text: str) -> int | None:
    """Return the client's public value from its hex form, or None where it must be refused.

    Zero modulo N would make the shared secret 0 whatever the password is (RFC 5054 §2.5.4); clients send
    values below N, so anything else is refused with it.
    """
    if not _HEX.match(text):
        return None
    value = int(text, 16)
    return value if 0 < value < N else None


def to_hex(number: int) -> str:
    """Return `number` as clients read it: lower-case hex.

    Never with leading zeros: some clients hash a salt's digits as they come, others the number behind them.
    """
    return f"{number:x}"


def to_bytes(number: int) -> bytes:
    """Return a number modulo N as bytes, always as many, to keep it."""
    return number.to_bytes(NUMBER_BYTES, "big")


def verifier(pool_name: str, user_id: str, password: str, salt: bytes) -> int:
    """Return what the server keeps of a password: g^x.

    Args:
        pool_name: the pool's id after the underscore; for a device, its group key.
        user_id: `USER_ID_FOR_SRP`; for a device, its key.
        password: as sent, byte for byte: nothing is normalised, as clients normalise nothing.
        salt: 16 bytes.
    """
    identity = _hash(f"{pool_name}{user_id}:{password}".encode())
    return _power_of_g(int.from_bytes(_hash(pad(int.from_bytes(salt, "big")), identity), "big"))


def public_value(verifier: int, secret: ServerSecret) -> int:
    """Return B = k·v ± g^b modulo N, the server's public value for a session.

    Args:
        verifier: the user's, or a made-up one.
        secret: drawn for this session alone.
    """
    power = _power_of_g(secret.exponent)
    return (K * verifier + (N - power if secret.negative else power)) % N


def shared_secret(client_public: int, verifier: int, scrambler: int, exponent: int) -> int:
    """Return S = (A · v^u)^b modulo N."""
    return int(powmod(client_public * powmod(verifier, scrambler, _N) % _N, exponent, _N))


def scrambler(client_public: int, server_public: int) -> int:
    """Return u, the hash of both public values."""
    return int.from_bytes(_hash(pad(client_public), pad(server_public)), "big")


def session_key(shared: int, scrambler: int) -> bytes:
    """Return the 16-byte key that signs the claim: HKDF-SHA256 of S, salted by u."""
    return HKDF(algorithm=SHA256(), length=16, salt=pad(scrambler), info=_INFO).derive(pad(shared))


def signature(key: bytes, pool_name: str, user_id: str, block: bytes, timestamp: str) -> str:
    """Return `PASSWORD_CLAIM_SIGNATURE` in base64.

    Args:
        key: the session's key.
        pool_name: the pool's id after the underscore; for a device, its group key.
        user_id: `USER_ID_FOR_SRP`; for a device, its key.
        block: the bytes of `SECRET_BLOCK`.
        timestamp: `TIMESTAMP` as sent.
    """
    message = pool_name.encode() + user_id.encode() + block + timestamp.encode()
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def signature_matches(
    given: str,
    *,
    client_public: int,
    server_public: int,
    verifier: int,
    secret: ServerSecret,
    sign: Callable[[bytes], str],
) -> bool:
    """Tell in constant time whether a claim was signed by one who knows the password.

    Args:
        given: the claim's signature as sent.
        client_public: A, as `parse_public` let it pass.
        server_public: B, as `public_value` gave it for this secret.
        verifier: the user's.
        secret: the session's.
        sign: returns the signature that a key gives.
    """
    u = scrambler(client_public, server_public)
    shared = shared_secret(client_public, verifier, u, secret.exponent)
    # A negative power keeps its sign under an odd exponent of the client's, which the client alone knows.
    either_sign = (shared, N - shared) if secret.negative else (shared,)
    return any(
        hmac.compare_digest(sign(session_key(value, u)).encode(), given.encode()) for value in either_sign
    )


def parse_timestamp(text: str) -> float | None:
    """Return `TIMESTAMP` in seconds since the epoch, or None where it is not `EEE MMM d HH:mm:ss UTC yyyy`.

    The day has one digit or two: pycognito once sent `05`, the others send `5`.
    """
    found = _TIMESTAMP.match(text)
    if not found:
        return None
    month, day, hour, minute, second, year = found.groups()
    try:
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return moment.timestamp()
