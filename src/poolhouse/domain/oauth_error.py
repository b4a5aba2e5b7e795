"""Refusals of the OAuth endpoints, in the words of RFC 6749."""


class OAuthError(Exception):
    """A request is refused: `error` and `error_description` of the answer or of the redirection.

    Attributes:
        code: `invalid_request`, `invalid_grant` and so on (RFC 6749 §4.1.2.1, §5.2).
        description: the service's, or "" where it gives none.
    """

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
