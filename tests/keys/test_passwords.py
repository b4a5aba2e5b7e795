"""Passwords: made, checked, remembered."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from poolhouse import settings
from poolhouse.domain import srp
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Status, User
from poolhouse.keys.passwords import Passwords
from poolhouse.keys.vault import Unsealable, Vault

VAULT = Vault.from_ring({"k": b"k" * 32}, "k")
HASHING = ThreadPoolExecutor(1)
CHEAP = settings.Passwords(memory_kib=8, passes=1)
POOL = Pool("us-east-1_AbCdEfGhI", "p", 0, 0, {}, {})
ANN = User(POOL.id, "sub-ann", "ann", Status.CONFIRMED, True, 0, 0)
BOB = User(POOL.id, "sub-bob", "bob", Status.CONFIRMED, True, 0, 0)
SALT = b"s" * 16


@pytest.fixture(params=[True, False], ids=["argon2id", "verifier"])
def passwords(request):
    return Passwords(VAULT, HASHING, CHEAP, hashed=request.param)


def test_the_right_password_and_no_other(passwords):
    credential = passwords.make(POOL, "ann", "Pässword1!", SALT).credential(7.0)
    assert passwords.verify(POOL, ANN, credential, "Pässword1!")
    for wrong in ("", "pässword1!", "Pässword1!\0", "Pässword1! ", "Pa\u0308ssword1!"):
        assert not passwords.verify(POOL, ANN, credential, wrong)


def test_nobody_and_a_user_without_a_password_are_refused(passwords):
    credential = passwords.make(POOL, "ann", "Password1!", SALT).credential(7.0)
    assert not passwords.verify(POOL, None, None, "Password1!")
    assert not passwords.verify(POOL, ANN, None, "Password1!")
    assert not passwords.verify(POOL, None, credential, "Password1!")


def test_the_verifier_is_stored_sealed_and_opens_for_its_user_alone(passwords):
    credential = passwords.make(POOL, "ann", "Password1!", SALT).credential(7.0)
    verifier = srp.verifier(POOL.srp_name, "ann", "Password1!", SALT)
    assert passwords.verifier(POOL, ANN, credential) == verifier
    assert verifier.to_bytes(384, "big") not in credential.sealed_verifier
    with pytest.raises(Unsealable):
        passwords.verifier(POOL, BOB, credential)


def test_the_hash_has_the_cost_of_the_settings():
    cost = settings.Passwords()
    made = Passwords(VAULT, HASHING, cost).make(POOL, "ann", "Password1!", SALT)
    assert made.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("first", [True, False])
def test_a_password_made_in_one_mode_is_good_in_the_other(first):
    made = Passwords(VAULT, HASHING, CHEAP, hashed=first).make(POOL, "ann", "Password1!", SALT)
    other = Passwords(VAULT, HASHING, CHEAP, hashed=not first)
    assert other.verify(POOL, ANN, made.credential(7.0), "Password1!")
    assert not other.verify(POOL, ANN, made.credential(7.0), "Password2!")


def test_history_counts_the_current_password(passwords):
    credential = None
    for number in range(5):
        made = passwords.make(POOL, "ann", f"Password{number}", bytes([number]) * 16)
        credential = made.credential(float(number), previous=credential, history=3)
    assert len(credential.history) == 2
    used = [n for n in range(5) if passwords.used_before(POOL, ANN, credential, f"Password{n}", 3)]
    assert used == [2, 3, 4]
    assert not passwords.used_before(POOL, ANN, credential, "Password4", 0)


def test_a_temporary_password_is_no_part_of_the_history(passwords):
    temporary = passwords.make(POOL, "ann", "Temporary1", SALT).credential(1.0, temporary=True)
    assert not passwords.used_before(POOL, ANN, temporary, "Temporary1", 3)
    chosen = passwords.make(POOL, "ann", "Chosen1!!", SALT).credential(2.0, previous=temporary, history=3)
    assert chosen.history == ()
    assert not passwords.used_before(POOL, ANN, None, "Chosen1!!", 3)
    assert passwords.used_before(POOL, ANN, chosen, "Chosen1!!", 3)
