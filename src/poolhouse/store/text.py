"""Text that fits an index: PostgreSQL's index rows end at 2,704 bytes, and its text knows no NUL."""

import hashlib

_LONGEST_KEY = 1024
_SEARCHED = 512
_LAST = "\U0010ffff"


def key_text(value: str) -> str:
    """Return `value` as a key: itself, or where it is long its beginning and its SHA-256.

    The result is its own key, so that what was read from a key column can be looked up again.
    """
    value = value.replace("\0", "\ufffd")
    if len(value) * 4 <= _LONGEST_KEY or len(value.encode()) <= _LONGEST_KEY:
        return value
    return f"{value[:200]}…sha256:{hashlib.sha256(value.encode()).hexdigest()}"


def search_text(value: str) -> str:
    """Return what a search row holds of `value`; filters are at most 256 characters long."""
    return value[:_SEARCHED].replace("\0", "\ufffd")


def just_after(value: str) -> str:
    """Return a text above `value` with none between them that has no control character: a range's end."""
    return value + "\x01"


def successor(prefix: str) -> str:
    """Return the least text above every text that begins with `prefix`: the end of a half-open range."""
    for end in range(len(prefix), 0, -1):
        code = ord(prefix[end - 1]) + 1
        if code == 0xD800:  # surrogates are no characters
            code = 0xE000
        if code <= 0x10FFFF:
            return prefix[: end - 1] + chr(code)
    return _LAST * (_SEARCHED + 1)
