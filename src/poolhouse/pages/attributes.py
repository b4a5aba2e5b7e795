"""Attributes as fields of a form: what they are called, what is typed into them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from poolhouse.domain.aliases import EMAIL, PHONE
from poolhouse.domain.pool import Pool
from poolhouse.domain.schema import SUB
from poolhouse.pages.language import N_

PREFIX = "attribute."
"""What the names of such fields begin with."""

_LABELS: Mapping[str, str] = {
    "address": N_("Address"),
    "birthdate": N_("Date of birth"),
    "email": N_("Email address"),
    "family_name": N_("Family name"),
    "gender": N_("Gender"),
    "given_name": N_("Given name"),
    "locale": N_("Language"),
    "middle_name": N_("Middle name"),
    "name": N_("Name"),
    "nickname": N_("Nickname"),
    "phone_number": N_("Phone number"),
    "picture": N_("Address of a picture"),
    "preferred_username": N_("Preferred username"),
    "profile": N_("Address of a profile page"),
    "updated_at": N_("Last update"),
    "website": N_("Website"),
    "zoneinfo": N_("Time zone"),
}
_TYPES: Mapping[str, tuple[str, str]] = {
    "address": ("text", "street-address"),
    "birthdate": ("date", "bday"),
    "email": ("email", "email"),
    "family_name": ("text", "family-name"),
    "given_name": ("text", "given-name"),
    "middle_name": ("text", "additional-name"),
    "name": ("text", "name"),
    "nickname": ("text", "nickname"),
    "phone_number": ("tel", "tel"),
    "picture": ("url", "photo"),
    "profile": ("url", "url"),
    "website": ("url", "url"),
    "gender": ("text", "sex"),
    "locale": ("text", "language"),
}
PHONE_HINT = N_("With the country code, such as +1 555 010 0123.")


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute that is asked for.

    Attributes:
        label, hint: marked for translation; the label of an attribute of the pool's own is its name.
    """

    name: str
    attribute: str
    label: str
    type: str
    autocomplete: str
    hint: str
    required: bool


def field(attribute: str, *, required: bool = True) -> Field:
    """Return the field of an attribute."""
    kind, autocomplete = _TYPES.get(attribute, ("text", "off"))
    return Field(
        name=PREFIX + attribute,
        attribute=attribute,
        label=_LABELS.get(attribute, attribute.removeprefix("custom:")),
        type=kind,
        autocomplete=autocomplete,
        hint=PHONE_HINT if attribute == PHONE else "",
        required=required,
    )


def at_sign_up(pool: Pool) -> list[Field]:
    """Return what the pool asks of who signs up, beside a name and a password.

    Beside what it requires these are the addresses that it verifies: without one nobody is confirmed.
    """
    wanted = [name for name, schema in pool.schema.items() if schema.required and name != SUB]
    fields = [field(name) for name in wanted]
    proved = [name for name in (EMAIL, PHONE) if name in pool.auto_verified and name not in wanted]
    fields += [field(name, required=len(proved) == 1) for name in proved]
    named = pool.username_attributes
    return [each for each in fields if named != {each.attribute}]


def posted(form: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    """Return the values of a form by attribute, those that are not empty."""
    values = {each.attribute: tidy(each.attribute, form.get(each.name, "")) for each in fields}
    return {name: value for name, value in values.items() if value}


def tidy(attribute: str, value: str) -> str:
    """Return a value as it is meant: people write phone numbers with spaces, and paste spaces around."""
    value = value.strip()
    if attribute == PHONE or (value.startswith("+") and value[1:2].isdigit() and "@" not in value):
        return value.translate(dict.fromkeys(map(ord, " -().\u00a0\u2011/")))
    return value
