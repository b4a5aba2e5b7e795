"""What an answer must do at least: the cryptography, measured alone, on this machine, now."""

import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from poolhouse.domain import srp
from poolhouse.settings import Passwords

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_CLAIMS = secrets.token_bytes(900)


def signature_us() -> float:
    """CPU of one RS256 signature with a 2,048-bit key, in microseconds."""
    return cpu_us(lambda: _KEY.sign(_CLAIMS, padding.PKCS1v15(), SHA256()), 200)


def argon2_us() -> float:
    """CPU of one Argon2id verification at the server's default cost, in microseconds."""
    cost = Passwords()
    hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
    made = hasher.hash("Correct-Horse-7-Battery")
    return cpu_us(lambda: hasher.verify(made, "Correct-Horse-7-Battery"), 10)


def srp_powers_us() -> float:
    """CPU of the server's powers in one SRP sign-in: g^b, then v^u and (A·v^u)^b, in microseconds."""
    from gmpy2 import powmod  # noqa: PLC0415

    b, u, v, a = (secrets.randbits(bits) for bits in (256, 256, 3072, 3072))

    def powers() -> None:
        powmod(srp.G, b, srp.N)
        powmod(a * powmod(v, u, srp.N), b, srp.N)

    return cpu_us(powers, 100)


def new_password_us() -> float:
    """CPU of what a new password is stored as, in microseconds: an Argon2id hash and an SRP verifier."""
    from gmpy2 import powmod  # noqa: PLC0415

    x = secrets.randbits(256)
    return argon2_us() + cpu_us(lambda: powmod(srp.G, x, srp.N), 100)


@dataclass(frozen=True)
class Floors:
    """What was measured a moment ago, in microseconds of CPU.

    Attributes:
        signature: one RS256 signature.
        argon2: one verification of a password.
        powers: the server's powers in one SRP sign-in.
    """

    signature: float
    argon2: float
    powers: float

    def tokens(self) -> float:
        """Return the floor of an answer with tokens: two signatures."""
        return 2 * self.signature

    def password(self) -> float:
        """Return the floor of a sign-in with a plain password."""
        return self.argon2 + self.tokens()

    def srp(self) -> float:
        """Return the floor of a sign-in with SRP."""
        return self.powers + self.tokens()


def measure() -> Floors:
    """Measure what sign-ins must do."""
    return Floors(signature_us(), argon2_us(), srp_powers_us())


def rs256_check_us() -> float:
    """CPU of one plain verification of an RS256 signature."""
    signature, public = _KEY.sign(_CLAIMS, padding.PKCS1v15(), SHA256()), _KEY.public_key()
    return cpu_us(lambda: public.verify(signature, _CLAIMS, padding.PKCS1v15(), SHA256()), 1000)


def es256_check_us() -> float:
    """CPU of one plain verification of an ES256 signature, a passkey's."""
    key = ec.generate_private_key(ec.SECP256R1())
    signature, public = key.sign(_CLAIMS, ec.ECDSA(SHA256())), key.public_key()
    return cpu_us(lambda: public.verify(signature, _CLAIMS, ec.ECDSA(SHA256())), 200)


def cpu_us(work: Callable[[], object], times: int) -> float:
    """Return the CPU of `work` in microseconds, the median of five samples of so many times."""
    samples = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            work()
        samples.append((time.process_time() - began) / times * 1e6)
    return statistics.median(samples)
