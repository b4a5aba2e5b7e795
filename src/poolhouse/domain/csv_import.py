r"""The file of a user import job: its header, its rows, and what keeps a row out (digest «users» §6.5).

The dialect is the service's own: no quotes; a comma inside a value is written `\,`; blanks around a value do
not count. Texts of refusals that the digest does not record are guesses, all kept here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from poolhouse.domain import mfa_config
from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.attributes import check_new_user_attributes
from poolhouse.domain.client import VERIFIED_FLAGS
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import CUSTOM, STANDARD, SUB
from poolhouse.errors import InvalidParameterException

USERNAME = "cognito:username"
MFA = "cognito:mfa_enabled"
PASSWORD_HASH = "password_hash"  # noqa: S105 (a column, not a password)
LONGEST_ROW = 16_000
MOST_ROWS = 500_000
LARGEST_FILE = 100 * 1024 * 1024

_COMMA = re.compile(r"(?<!\\),")
_BLANK = re.compile(r"[ \t]")
_BIRTHDATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_BOOLEANS = VERIFIED_FLAGS | {MFA}


class RowError(Exception):
    """A row that is not imported; the text says why, in the job's log."""


class HeaderError(Exception):
    """A file that cannot be read at all; the text is the job's `CompletionMessage`."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that may be imported.

    Attributes:
        attributes: as they are stored.
        texts_mfa: whether the user gets codes by SMS as a second factor.
        password_hash: in the job's format, or "".
    """

    username: str
    attributes: Mapping[str, str]
    texts_mfa: bool
    password_hash: str


def header(pool: Pool) -> list[str]:
    """Return `CSVHeader`: the columns of a file for this pool."""
    custom = [name for name in pool.schema if name.startswith(CUSTOM)]
    built_in = [name for name in STANDARD if name != SUB]
    return [*built_in, *custom, MFA, USERNAME, PASSWORD_HASH]


def read_header(pool: Pool, line: str, *, hashed: bool) -> tuple[str, ...]:
    """Return the columns of a file in their order.

    Args:
        pool: the job's.
        line: the file's first.
        hashed: whether the job has a hashing algorithm; then the column of hashes must be there, and else it
            may be.

    Raises:
        HeaderError: a column is missing, unknown or there twice.
    """
    columns = tuple(_cells(line))
    known = header(pool)
    if len(set(columns)) < len(columns):
        raise HeaderError("The header of the CSV file names a column more than once.")
    if unknown := next((name for name in columns if name not in known), None):
        raise HeaderError(f"The header of the CSV file names an unknown column: {unknown[:100]}")
    needed = known if hashed else known[:-1]
    if missing := next((name for name in needed if name not in columns), None):
        raise HeaderError(f"The header of the CSV file lacks the column {missing}.")
    return columns


def read_row(pool: Pool, columns: Sequence[str], line: str) -> ImportRow:
    """Return what a row says, checked by all rules that need no look at other users.

    Args:
        pool: the job's.
        columns: what `read_header` returned.
        line: the row.

    Raises:
        RowError: a rule is broken.
    """
    if len(line) > LONGEST_ROW:
        raise RowError(f"The row is longer than {LONGEST_ROW} characters.")
    cells = _cells(line)
    if len(cells) != len(columns):
        raise RowError(f"The row has {len(cells)} columns, and the header has {len(columns)}.")
    values = {name: value for name, value in zip(columns, cells, strict=True) if value}
    for name in _BOOLEANS & values.keys():
        values[name] = _boolean(name, values[name])
    username = values.pop(USERNAME, "")
    if not username:
        raise RowError(f"The User Record does not set {USERNAME}.")
    if _BLANK.search(username) or not username.isprintable():
        raise RowError(f"{USERNAME} must not contain spaces or tabs.")
    if len(username) > 128:
        raise RowError(f"{USERNAME} must have at most 128 characters.")
    password_hash = values.pop(PASSWORD_HASH, "")
    wants_mfa = values.pop(MFA, "")
    if "birthdate" in values:
        values["birthdate"] = _birthdate(values["birthdate"])
    _check_verified(pool, values)
    _check_mfa(pool, wants_mfa)
    return ImportRow(
        username,
        values,
        texts_mfa=wants_mfa == "true" and mfa_config.sms_enabled(pool.config) and PHONE in values,
        password_hash=password_hash,
    )


def stored(pool: Pool, row: ImportRow, filled: Mapping[str, str]) -> dict[str, str]:
    """Return a row's attributes as they are stored.

    Args:
        pool: the job's.
        row: the row.
        filled: what the username fills in, in a pool whose usernames are addresses.

    Raises:
        RowError: an attribute does not fit the schema, or a required one is missing.
    """
    try:
        return check_new_user_attributes(pool, None, [*row.attributes.items()], filled, complete=True)
    except InvalidParameterException as error:
        raise RowError(" ".join(error.message.split())) from error


def _cells(line: str) -> list[str]:
    if "\\" not in line:
        return [cell.strip() for cell in line.split(",")]
    return [cell.replace("\\,", ",").strip() for cell in _COMMA.split(line)]


def _boolean(name: str, value: str) -> str:
    lowered = value.lower()
    if lowered not in {"true", "false"}:
        raise RowError(f"{name} must be true or false.")
    return lowered


def _birthdate(value: str) -> str:
    """Return a date of the file (`mm/dd/yyyy`) as attributes have it (`yyyy-mm-dd`)."""
    found = _BIRTHDATE.fullmatch(value)
    try:
        month, day, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise RowError("birthdate must have the form mm/dd/yyyy.") from error


def _check_verified(pool: Pool, values: Mapping[str, str]) -> None:
    """Require a verified address of the kinds that the pool verifies by itself, and what is said verified."""
    flags = [f"{name}_verified" for name in (EMAIL, PHONE) if name in pool.auto_verified]
    if not any(values.get(flag) == "true" for flag in flags):
        example = flags[0] if flags else "email_verified"
        raise RowError(
            "The User Record does not set any of the auto verified attributes to true. "
            f"(Example: {example} to true)."
        )
    for name in (EMAIL, PHONE):
        if values.get(f"{name}_verified") == "true" and name not in values:
            raise RowError(f"The User Record sets {name}_verified to true and does not set {name}.")


def _check_mfa(pool: Pool, wants: str) -> None:
    if pool.mfa == "ON" and wants == "false":
        raise RowError(f"{MFA} must be true or blank, since the user pool requires MFA.")
    if pool.mfa == "OFF" and wants == "true":
        raise RowError(f"{MFA} must be false or blank, since the user pool has no MFA.")
