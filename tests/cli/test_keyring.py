"""`poolhouse keyring rotate`."""

import base64

import pytest

from poolhouse.cli.common import Refused
from poolhouse.cli.keyring import rotate
from poolhouse.keys.ring import load_or_create_ring


def test_a_new_key_seals_and_the_old_one_stays(tmp_path, capsys):
    old = load_or_create_ring(tmp_path / "keyring.json")
    rotate(data=str(tmp_path))
    new = load_or_create_ring(tmp_path / "keyring.json")
    assert new.current != old.current
    assert set(new.keys) == {new.current, old.current}
    assert new.current in capsys.readouterr().out


def test_there_must_be_a_file(tmp_path, monkeypatch):
    with pytest.raises(Refused, match="cannot be read"):
        rotate(data=str(tmp_path))
    monkeypatch.setenv("POOLHOUSE_SECRETS_KEY", base64.b64encode(bytes(32)).decode())
    with pytest.raises(Refused, match=r"secrets\.key"):
        rotate(data=str(tmp_path))
