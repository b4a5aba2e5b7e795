"""`poolhouse serve`: start the server."""

from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, open_vault, read_settings
from poolhouse.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def serve(
    *,
    dev: Annotated[
        bool,
        Parameter(
            negative="",
            help="For development and tests: loopback only, any signature is accepted, messages go to the "
            "data folder's outbox and to a page.",
        ),
    ] = False,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on; 0 picks a free one.")] = None,
    apply: Annotated[
        str | None, Parameter(help="A file that is applied first (`poolhouse apply`), without asking.")
    ] = None,
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Start the server, and run until SIGTERM or Ctrl-C."""
    from poolhouse.edge.server import listenable  # noqa: PLC0415 (Granian, for this command alone)

    settings = read_settings(
        config, data, dev=dev, overrides={"server": {"host": host, "port": port, "apply": apply}}
    )
    _refuse_what_is_unsafe(settings)
    server = settings.server
    try:
        address, chosen = listenable(server.host, server.port)
    except OSError as error:
        raise Refused(f"cannot listen on {server.host}:{server.port}: {error.strerror}") from error
    overrides = {"server": {"host": address, "port": chosen, "apply": apply}}
    settings = read_settings(config, data, dev=dev, overrides=overrides)
    vault = open_vault(settings, create=dev)

    from poolhouse.cli.process import run  # noqa: PLC0415 (after the refusals, which then come at once)

    run(settings, vault)


def _refuse_what_is_unsafe(settings: Settings) -> None:
    server = settings.server
    if settings.dev and server.host not in _LOOPBACK:
        raise Refused(
            f"--dev accepts any signature, so it listens on a loopback address only, not on {server.host}. "
            "Leave out --host, or serve without --dev"
        )
    if server.processes > 1 and settings.store_url.startswith("sqlite"):
        raise Refused(
            "SQLite has one writing process. Set server.processes to 1, or use PostgreSQL "
            "(storage.url = postgresql://…)"
        )
    if bool(server.tls_certificate) != bool(server.tls_key):
        raise Refused("TLS needs both server.tls_certificate and server.tls_key")
    if server.tls_certificate:
        import ssl  # noqa: PLC0415 (for servers with a certificate alone)

        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(server.tls_certificate, server.tls_key)
        except (OSError, ssl.SSLError) as error:
            raise Refused(f"cannot use server.tls_certificate with server.tls_key: {error}") from error
