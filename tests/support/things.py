"""Values of the domain as stored, for tests that need some."""

from typing import Any

from poolhouse.domain.branding import Style
from poolhouse.domain.browser_session import BrowserSession
from poolhouse.domain.client import Client
from poolhouse.domain.customization import Customization
from poolhouse.domain.devices import Device
from poolhouse.domain.groups import Group
from poolhouse.domain.images import Image, image
from poolhouse.domain.passkeys import Passkey
from poolhouse.domain.pool import Pool
from poolhouse.domain.sessions import TokenSession
from poolhouse.domain.terms import Terms
from poolhouse.domain.tokens import TokenFamily
from poolhouse.domain.user import Status, User

POOL = "us-east-1_Ab12Cd34E"
NOW = 1_800_000_000.0


def a_pool(pool_id: str = POOL, **members: Any) -> Pool:
    return Pool(id=pool_id, name="people", created=NOW, modified=NOW, schema={}, config=members)


def a_client(client_id: str = "client0", pool_id: str = POOL, **members: Any) -> Client:
    return Client(pool_id=pool_id, id=client_id, name="web", created=NOW, modified=NOW, config=members)


def a_user(sub: str, username: str = "alice", pool_id: str = POOL, **attributes: str) -> User:
    return User(
        pool_id=pool_id,
        sub=sub,
        username=username,
        status=Status.CONFIRMED,
        enabled=True,
        created=NOW,
        modified=NOW,
        attributes=attributes,
    )


def a_device(sub: str, key: str = "us-east-1_d1", pool_id: str = POOL, **members: Any) -> Device:
    values: dict[str, Any] = {
        "name": "phone",
        "salt": b"salt",
        "sealed_verifier": b"v",
        "remembered": True,
        "last_ip": "127.0.0.1",
        "created": NOW,
        "modified": NOW,
        "authenticated": NOW,
    }
    return Device(pool_id=pool_id, sub=sub, key=key, **(values | members))


def a_group(name: str, pool_id: str = POOL, **members: Any) -> Group:
    return Group(pool_id, name, f"id of {name}", NOW, NOW, **members)


def a_passkey(passkey_id: str, sub: str, pool_id: str = POOL, slot: int = 0) -> Passkey:
    return Passkey(
        pool_id=pool_id,
        sub=sub,
        slot=slot,
        id=passkey_id,
        public_key=b"\xa5",
        sign_count=0,
        transports=("hybrid", "internal"),
        attachment="platform",
        name="iCloud Keychain",
        rp_id="auth.example.com",
        created=NOW,
    )


def a_family(family_id: str, sub: str, pool_id: str = POOL, expires: float = NOW + 3600) -> TokenFamily:
    return TokenFamily(
        pool_id=pool_id,
        id=family_id,
        sub=sub,
        client_id="client0",
        origin_jti="o1",
        scope="openid",
        auth_time=NOW,
        expires=expires,
        refresh_id="r1",
    )


def a_browser_session(session_id="b1", sub="s1", pool_id=POOL, expires=NOW + 3600) -> BrowserSession:
    return BrowserSession(pool_id, session_id, sub, b"mac", "client0", NOW, expires, "192.0.2.1", "Chrome")


def a_session(family_id: str, sub: str, pool_id: str = POOL, expires: float = NOW + 3600) -> TokenSession:
    return TokenSession(pool_id, sub, family_id, "client0", NOW, NOW, expires, "127.0.0.1", "unknown")


def a_style(style_id: str = "y1", pool_id: str = POOL, slot: int = 0, **members: Any) -> Style:
    return Style(pool_id, slot, style_id, f"client of {style_id}", NOW, NOW, **members)


def a_customization(client_id: str = "ALL", pool_id: str = POOL) -> Customization:
    return Customization(pool_id, client_id, "", "", "", NOW, NOW)


def an_image(owner: str = "y1", pool_id: str = POOL, content: bytes = b"\x89PNG\r\n\x1a\n") -> Image:
    return image(pool_id, owner, "PNG", content)


def a_document(terms_id: str = "t1", pool_id: str = POOL, name: str = "terms-of-use") -> Terms:
    return Terms(pool_id, terms_id, "client0", name, "LINK", "NONE", {}, NOW, NOW)
