"""Identity providers by name: so far the pool itself, `Cognito`."""

from poolhouse.domain.pool import Pool
from poolhouse.errors import InvalidParameterException

_NATIVE, _SUBJECT = "Cognito", "Cognito_Subject"


def check_native(pool: Pool, provider: str | None, attribute: str | None) -> None:
    """Check that a user is named as one of the pool's own.

    Raises:
        InvalidParameterException: there is no such provider, or its users are not told apart by that (the
            texts are guesses).
    """
    if provider != _NATIVE:
        raise InvalidParameterException(f"The provider {provider} does not exist for User Pool {pool.id}.")
    if attribute != _SUBJECT:
        raise InvalidParameterException(f"ProviderAttributeName must be {_SUBJECT}.")
