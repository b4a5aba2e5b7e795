"""What the commands say: their help, and why they refuse."""

import pytest

from poolhouse.cli.common import Refused
from poolhouse.cli.key import create, list_keys, revoke
from poolhouse.keys.ring import load_or_create_ring
from support.process import poolhouse


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (
            [],
            [
                "Check settings, key ring",
                "Make the key ring",
                "Bring the database's schema",
                "Start the server",
            ],
        ),
        (["--help"], ["Check settings, key ring", "Make the key ring", "Bring the database's schema"]),
        (["key", "--help"], ["Make an access key", "List the access keys", "Revoke an access key"]),
        (["keyring", "--help"], ["Add a key to the key ring's file"]),
    ],
)
def test_the_help_of_a_group_says_what_each_command_does(group, said):
    shown = poolhouse(*group).stdout
    assert [text for text in said if text not in shown] == []


@pytest.mark.parametrize("command", ["init", "migrate"])
def test_a_folder_that_cannot_be_made(tmp_path, command):
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "data")
    done = poolhouse(command, "--data", folder)
    said = f"poolhouse: cannot make the data folder {folder}: Not a directory\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_a_database_that_cannot_be_opened():
    done = poolhouse("migrate", "--config", "/dev/null", "--data", "/proc/self")
    assert done.returncode == 1
    assert done.stderr.startswith("poolhouse: cannot open the store ")
    assert done.stderr.count("\n") == 1


def test_keys_of_a_folder_that_was_never_made_are_not_an_empty_list(tmp_path):
    """A mistyped `--data` must not make another database."""
    data = str(tmp_path / "mistyped")
    with pytest.raises(Refused, match="there is no database at"):
        list_keys(data=data)
    with pytest.raises(Refused, match="there is no database at"):
        revoke("AKIAEXAMPLE", data=data)
    assert not (tmp_path / "mistyped").exists()


def test_no_key_at_all_is_said(tmp_path, capsys):
    assert poolhouse("migrate", "--data", str(tmp_path)).returncode == 0
    list_keys(data=str(tmp_path))
    assert "There is no access key." in capsys.readouterr().out


@pytest.mark.parametrize("action", ["", "Admim*", "cognito-idp:Admim*", "listusers"])
def test_a_key_for_operations_that_there_are_not(tmp_path, action):
    load_or_create_ring(tmp_path / "keyring.json")
    with pytest.raises(Refused, match="fits no operation"):
        create(action=(action,), data=str(tmp_path))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            '[[triggers.map]]\narn = "*"\nkind = "webhook"\nurl = "ftp://example.com"\n',
            "triggers.map: the webhook for * needs an https:// url",
        ),
        (
            '[[triggers.map]]\narn = "*"\nkind = "python"\ncallable = "nowhere:handle"\n',
            "triggers.map: cannot import 'nowhere:handle': No module named 'nowhere'",
        ),
        (
            '[messages]\nsms = "twilio"\n',
            "messages: twilio needs twilio_account, twilio_token and twilio_sender",
        ),
        (
            '[server]\ntls_certificate = "/nowhere.pem"\ntls_key = "/nowhere.key"\n',
            "cannot use server.tls_certificate with server.tls_key: [Errno 2] No such file or directory",
        ),
    ],
)
def test_settings_that_cannot_work_end_a_server_with_one_sentence(tmp_path, settings, said):
    config = tmp_path / "poolhouse.toml"
    config.write_text(settings)
    arguments = ("--data", str(tmp_path / "data"), "--config", str(config))
    done = poolhouse("serve", "--dev", "--port", "0", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"poolhouse: {said}\n")
    if "server" not in settings:
        assert f"problem  triggers, messages and logs: {said}" in poolhouse("doctor", *arguments).stdout
