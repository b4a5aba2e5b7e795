"""Tags of a user pool (digest «users» §6.6)."""

from collections.abc import Mapping

from poolhouse.errors import UserPoolTaggingException

LIMIT = 50


def check_tags(tags: Mapping[str, str]) -> None:
    """Check tags beyond the lengths that the wire checks.

    Raises:
        UserPoolTaggingException: more than 50, or a key that begins with the reserved `aws:` (the texts are
            guesses).
    """
    if len(tags) > LIMIT:
        raise UserPoolTaggingException(f"A user pool can have at most {LIMIT} tags.")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise UserPoolTaggingException(f"Tag key {key} is invalid: the prefix aws: is reserved.")
