"""SRP: the published vectors, agreement with a client written apart, and what must not work."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycognito.aws_srp import AWSSRP

from poolhouse.domain import srp

POOL = "Ab12Cd34E"
USER = "a1b2c3d4-0000-4444-8888-0123456789ab"
PASSWORD = "Correct-Horse-9"
SALT = bytes.fromhex("8f1d2c3b4a59687786950a1b2c3d4e5f")
A_SECRET = int(
    "c3c02a3a1a7b62abe2835317e8bba3d69f9a2749d353bf6398de53d8a129b6a9"
    "c236f2cf1df16054156d8d5fc6bd68b58adb27569814e9afc00d456ece90f2d0" * 2,
    16,
)
B_SECRET = int(
    "2fca01c7df431b5165d1d54cbb9df768696e633f0d4f0302eae3eaa63a654398"
    "d77b6f431fd49def6bd4414874cfd3768128689c4158089e189a262fa5a9a047" * 2,
    16,
)
BLOCK = bytes(range(64))
TIMESTAMP = "Thu Nov 5 03:07:09 UTC 2026"
SIGNATURE = "Y7ETLflGCadWvKg73IyjVZ4wb8z3/LA7vpyfOTCisi0="


def digest(number: int) -> str:
    return hashlib.sha256(srp.pad(number)).hexdigest()


def agreed(verifier: int, client_public: int, secret: srp.ServerSecret) -> tuple[int, int, int]:
    """B, u and S."""
    server_public = srp.public_value(verifier, secret)
    u = srp.scrambler(client_public, server_public)
    return server_public, u, srp.shared_secret(client_public, verifier, u, secret.exponent)


def claim(password: str, salt: bytes, server_public: int, client_secret: int, block: bytes = BLOCK) -> str:
    """What pycognito answers."""
    client = AWSSRP(
        username=USER, password=password, pool_id=f"us-east-1_{POOL}", client_id="c", client="none"
    )
    client.small_a_value = client_secret
    client.large_a_value = client.calculate_a()
    key = client.get_password_authentication_key(
        USER, password, server_public, srp.to_hex(int.from_bytes(salt, "big"))
    )
    return srp.signature(key, POOL, USER, block, TIMESTAMP)


class TestVectorsOfThePasswordSignIn:
    def test_group(self) -> None:
        assert digest(srp.N) == "b28bc90ba9cb908924dc77c554a5fe9225ce147d98fd5d10a40b6d568a1425b2"
        assert f"{srp.K:x}" == "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"

    def test_verifier(self) -> None:
        verifier = srp.verifier(POOL, USER, PASSWORD, SALT)
        assert digest(verifier) == "c703edaa91ab3f967570d41404f325bc730413d7bb9944e6c1fa63f05296b81a"
        assert srp.pad(verifier)[0] == 0

    def test_session(self) -> None:
        verifier = srp.verifier(POOL, USER, PASSWORD, SALT)
        client_public = pow(srp.G, A_SECRET, srp.N)
        secret = srp.ServerSecret(B_SECRET, negative=False)
        server_public, u, shared = agreed(verifier, client_public, secret)
        key = srp.session_key(shared, u)
        assert digest(client_public) == "41b6756c50bb49c404545782c8efb84ebbcf29219767cbbc8515454997a6c2c7"
        assert digest(server_public) == "476236f6f81ed4a02b8d387efef1fccc6243b8813eb7d66c6f6d9c6ede22e3e1"
        assert srp.to_hex(server_public).startswith("6af07e420714cedc6fb91e04865d84a1")
        assert f"{u:x}" == "19f2a12704ba7966191314d30a2d3ef873b3087efcdc3f87c59f52891fa0cfad"
        assert digest(shared) == "3ddcf10c28da2c6de331c397d24a01eb4f22caff4e88390c17f1c4a994e5cd5d"
        assert key.hex() == "b8778f538ceb80db6eabdb9c26c16fe5"
        assert srp.signature(key, POOL, USER, BLOCK, TIMESTAMP) == SIGNATURE

    @pytest.mark.parametrize(("password", "accepted"), [(PASSWORD, True), ("Correct-Horse-8", False)])
    def test_the_server_accepts_the_signature_and_no_other_password(
        self, password: str, accepted: bool
    ) -> None:
        verifier = srp.verifier(POOL, USER, password, SALT)
        secret = srp.ServerSecret(B_SECRET, negative=False)
        matches = srp.signature_matches(
            SIGNATURE,
            client_public=pow(srp.G, A_SECRET, srp.N),
            server_public=srp.public_value(verifier, secret),
            verifier=verifier,
            secret=secret,
            sign=lambda key: srp.signature(key, POOL, USER, BLOCK, TIMESTAMP),
        )
        assert matches is accepted


def test_vectors_of_the_device_sign_in() -> None:
    group, device = "-Gk3yExAmP", "us-east-1_6f0b3f0e-1c2d-4e5f-8a9b-0c1d2e3f4a5b"
    password = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw=="
    verifier = srp.verifier(group, device, password, bytes.fromhex("c12222222222222222222222222222"))
    assert digest(verifier) == "4d08ef04254c0283a134f5868b85717bb53454b660e53276acff80ce2c5a3da3"
    b = int(
        "0a59a83bd0f024cf8dbf82baf4044c0e7c28ed6db4236dabd6450fe6685b11e7"
        "b33457f656c01bd067f6f87d379354afada36e200df1c28e496ec6532bf5ea15" * 2,
        16,
    )
    client_public = pow(srp.G, A_SECRET, srp.N)
    server_public, u, shared = agreed(verifier, client_public, srp.ServerSecret(b, negative=False))
    key = srp.session_key(shared, u)
    assert digest(server_public) == "6ed23886c0a45cb3a84066919c4d7b6cc5db2c3312e919af81104598797ff1ef"
    assert f"{u:x}" == "678172b7266b304a62c72f38b4dc6fa119dc7df24af183308246f5d2810cf294"
    assert key.hex() == "23d187dc63113ef0dc5b4996f7b93be7"
    assert (
        srp.signature(key, group, device, BLOCK, TIMESTAMP) == "CHuUBZEnhmt70dNV50cUp1m/S9AgPXcTfuas7/sShec="
    )


@pytest.mark.parametrize(
    ("number", "padded"),
    [(0x7F, "7f"), (0x80, "0080"), (0x1FF, "01ff"), (0x8000, "008000"), (0x0FFF, "0fff"), (1, "01")],
)
def test_numbers_are_hashed_as_java_prints_them(number: int, padded: str) -> None:
    assert srp.pad(number).hex() == padded


@given(st.integers(0, 2**256 - 1) | st.integers(0, 255).map(lambda bit: 1 << bit) | st.integers(0, 2**300))
def test_powers_of_the_generator(exponent: int) -> None:
    assert srp.public_value(0, srp.ServerSecret(exponent, negative=False)) == pow(srp.G, exponent, srp.N)


@given(
    password=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    salt=st.binary(min_size=16, max_size=16),
    client_secret=st.binary(min_size=128, max_size=128),
    drawn=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=25, deadline=None)
def test_a_client_written_apart_agrees(
    password: str, salt: bytes, client_secret: bytes, drawn: bytes
) -> None:
    """For every salt, sign and secret: leading zeros and set top bits of A, B, u and S come by chance."""
    secret = srp.ServerSecret.from_bytes(drawn)
    verifier = srp.verifier(POOL, USER, password, salt)
    a = int.from_bytes(client_secret, "big") | 1 << 1023
    server_public = srp.public_value(verifier, secret)

    def accepts(given: str) -> bool:
        return srp.signature_matches(
            given,
            client_public=pow(srp.G, a, srp.N),
            server_public=server_public,
            verifier=verifier,
            secret=secret,
            sign=lambda key: srp.signature(key, POOL, USER, BLOCK, TIMESTAMP),
        )

    assert accepts(claim(password, salt, server_public, a))
    assert not accepts(claim(password + "x", salt, server_public, a))


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("parity", [0, 1])
def test_short_and_high_public_values(negative: bool, parity: int) -> None:
    """B with a leading zero digit, and B whose top digit is 8 to f, both make the same key on both sides."""
    verifier = srp.verifier(POOL, USER, PASSWORD, SALT)
    seen = set()
    power = pow(srp.G, 999, srp.N)
    for exponent in range(1000, 4000):
        secret = srp.ServerSecret(exponent, negative)
        power = power * srp.G % srp.N
        server_public = (srp.K * verifier + (srp.N - power if negative else power)) % srp.N
        kind = "short" if server_public >> 3068 == 0 else "high" if server_public >> 3071 else "plain"
        if kind in seen:
            continue
        seen.add(kind)
        a = (1 << 300) + parity
        assert srp.signature_matches(
            claim(PASSWORD, SALT, server_public, a),
            client_public=pow(srp.G, a, srp.N),
            server_public=server_public,
            verifier=verifier,
            secret=secret,
            sign=lambda key: srp.signature(key, POOL, USER, BLOCK, TIMESTAMP),
        )
        if seen == {"short", "high", "plain"}:
            return
    pytest.fail(f"only {seen}")


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "00",
        f"{srp.N:x}",
        f"{2 * srp.N:x}",
        f"{srp.N + 1:x}",
        "",
        "-1",
        "0x1f",
        "1_0",
        " 1",
        "1\n",
        "g",
        "f" * 769,
    ],
)
def test_attack_public_value_of_zero_or_out_of_range(text: str) -> None:
    """A ≡ 0 modulo N would make S = 0 for every password."""
    assert srp.parse_public(text) is None


def test_public_values_of_clients_are_read() -> None:
    assert srp.parse_public("1F") == 31
    assert srp.parse_public(f"{srp.N - 1:x}") == srp.N - 1


def test_attack_sorting_passwords_by_squares() -> None:
    """B minus k·g^x tells nothing: for the right password it is a square about half the time, as for any other."""
    verifier = srp.verifier(POOL, USER, PASSWORD, SALT)
    squares = 0
    for number in range(64):
        drawn = hashlib.sha256(bytes([number])).digest()
        rest = (srp.public_value(verifier, srp.ServerSecret.from_bytes(drawn)) - srp.K * verifier) % srp.N
        squares += pow(rest, (srp.N - 1) // 2, srp.N) == 1
    assert 16 < squares < 48


def test_passwords_are_not_normalised() -> None:
    assert srp.verifier(POOL, USER, "é", SALT) != srp.verifier(POOL, USER, "e\u0301", SALT)


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_timestamps_with_one_and_with_two_digits(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    two = moment.strftime("%a %b %d %H:%M:%S UTC %Y")
    one = f"{moment:%a %b} {moment.day} {moment:%H:%M:%S} UTC {moment.year}"
    assert srp.parse_timestamp(two) == srp.parse_timestamp(one) == moment.timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-05T03:07:09Z",
        "Thu Nov 5 03:07:09 2026",
        "Do Nov 5 03:07:09 UTC 2026",
        "Thu Nov 31 03:07:09 UTC 2026",
        "Thu Nov 5 24:07:09 UTC 2026",
        "Thu Nov 5 03:07:09 UTC 0000",
        "Thu Nov 5 03:07:09 UTC 2026\n",
        "Thu Nov \u0665 03:07:09 UTC 2026",
    ],
)
def test_other_timestamps_are_none(text: str) -> None:
    assert srp.parse_timestamp(text) is None


def test_a_claim_covers_the_timestamp_and_the_block() -> None:
    key = b"k" * 16
    given = srp.signature(key, POOL, USER, BLOCK, TIMESTAMP)
    assert not hmac.compare_digest(given, srp.signature(key, POOL, USER, BLOCK, TIMESTAMP + " "))
    assert not hmac.compare_digest(given, srp.signature(key, POOL, USER, BLOCK[:-1], TIMESTAMP))
