"""How the service shows an address it sent something to (digest «users» §2.6)."""


def mask(medium: str, destination: str) -> str:
    """Return `x***@y***` for e-mail, `+*******dddd` for SMS. The asterisks do not follow the length."""
    if medium == "SMS":
        return f"+*******{destination.removeprefix('+')[-4:]}"
    local, _, domain = destination.partition("@")
    return f"{local[:1]}***@{domain[:1]}***"
