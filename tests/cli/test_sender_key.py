"""`poolhouse sender-key create`."""

import base64
import tomllib

import pytest

from poolhouse.cli.common import Refused
from poolhouse.cli.sender_key import create
from poolhouse.keys.ring import read_key_file


def test_what_it_prints_is_what_one_needs(tmp_path, capsys):
    file = tmp_path / "sender.key"
    create(file)
    settings, pool, function = capsys.readouterr().out.split("\n\n")
    (entry,) = tomllib.loads(settings)["triggers"]["keys"]
    assert entry["file"] == str(file)
    assert entry["arn"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    assert pool.endswith(f"KMSKeyID={entry['arn']}")
    assert base64.b64decode(function.split("SENDER_KEY=")[1]) == read_key_file(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_overwrites_nothing(tmp_path):
    file = tmp_path / "sender.key"
    file.write_text("precious")
    with pytest.raises(Refused, match="is there already"):
        create(file)
    assert file.read_text() == "precious"
    with pytest.raises(Refused, match="cannot be written"):
        create(tmp_path / "nowhere" / "sender.key")
