"""The key ring's file and the setting that takes its place."""

import base64
import json

import pytest

from poolhouse.keys.ring import RingError, load_or_create_ring, ring_from_key, rotate_ring
from poolhouse.keys.vault import Vault


def test_a_new_ring_is_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "keyring.json"
    ring = load_or_create_ring(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(ring.keys[ring.current]) == 32
    assert load_or_create_ring(path) == ring
    assert [p.name for p in tmp_path.iterdir()] == ["keyring.json"]


def test_rotation_seals_with_a_new_key_and_opens_what_the_old_one_sealed(tmp_path):
    path = tmp_path / "keyring.json"
    old = load_or_create_ring(path)
    sealed = Vault.from_ring(*old).seal("t/r/c", b"secret")
    new = rotate_ring(path)
    assert new.current != old.current
    assert new.keys[old.current] == old.keys[old.current]
    assert path.stat().st_mode & 0o777 == 0o600
    vault = Vault.from_ring(*load_or_create_ring(path))
    assert vault.open("t/r/c", sealed) == b"secret"
    resealed = vault.reseal("t/r/c", sealed)
    assert resealed is not None
    assert vault.reseal("t/r/c", resealed) is None
    assert (
        Vault.from_ring({new.current: new.keys[new.current]}, new.current).open("t/r/c", resealed)
        == b"secret"
    )


def test_a_key_from_the_settings_has_the_id_it_has_in_the_file(tmp_path):
    ring = load_or_create_ring(tmp_path / "keyring.json")
    assert ring_from_key(base64.b64encode(ring.keys[ring.current]).decode() + "\n") == ring


def test_a_ring_does_not_show_its_keys(tmp_path):
    ring = load_or_create_ring(tmp_path / "keyring.json")
    assert str(ring.keys[ring.current]) not in repr(ring)
    assert repr(ring) == f"Ring(current='{ring.current}')"


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json: secret",
        "[]",
        "{}",
        '"text"',
        json.dumps({"current": "a", "keys": []}),
        json.dumps({"current": "b", "keys": {"a": KEY}}),
        json.dumps({"current": "a", "keys": {"a": "c2hvcnQ="}}),
        json.dumps({"current": "a", "keys": {"a": "*" + KEY}}),
        json.dumps({"current": "", "keys": {"": KEY}}),
        json.dumps({"current": ["a"], "keys": {"a": KEY}}),
        json.dumps({"current": "a", "keys": {"a": 7}}),
    ],
)
def test_a_file_that_is_no_ring_is_refused_without_showing_it(tmp_path, text):
    path = tmp_path / "keyring.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(RingError) as refusal:
        load_or_create_ring(path)
    assert "secret" not in str(refusal.value)
    assert KEY not in str(refusal.value)


def test_a_ring_that_everybody_may_read_is_refused(tmp_path):
    path = tmp_path / "keyring.json"
    load_or_create_ring(path)
    path.chmod(0o644)
    with pytest.raises(RingError, match="chmod 600"):
        load_or_create_ring(path)


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "no base64", KEY[:-2] + "é="])
def test_a_setting_that_is_no_key_is_refused(text):
    with pytest.raises(RingError, match="32 bytes in base64"):
        ring_from_key(text)
