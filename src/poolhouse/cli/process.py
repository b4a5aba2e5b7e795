"""What `poolhouse serve` does once it may: migrate, build the application in each worker, serve."""

import gc
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from poolhouse import __version__
from poolhouse.app import build
from poolhouse.cli.common import check_compromised_passwords, check_ways_out, open_migrated_store
from poolhouse.edge.server import serve
from poolhouse.keys.cores import Cores
from poolhouse.keys.vault import Vault
from poolhouse.settings import Settings
from poolhouse.store import open_store
from poolhouse.world import SystemClock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_NEXT = """\
boto3
    import boto3
    idp = boto3.client("cognito-idp", endpoint_url="{url}", region_name="{region}",
                       aws_access_key_id="local", aws_secret_access_key="local")
    pool = idp.create_user_pool(PoolName="mine", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="web")["UserPoolClient"]["ClientId"]

AWS CLI
    export AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER={url} AWS_DEFAULT_REGION={region}
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
    aws cognito-idp create-user-pool --pool-name mine --auto-verified-attributes email

Amplify (JavaScript)
    Amplify.configure({{ Auth: {{ Cognito: {{
      userPoolId: "<pool id>", userPoolClientId: "<client id>", userPoolEndpoint: "{url}" }} }} }})

R (paws)
    idp <- paws::cognitoidentityprovider(config = list(endpoint = "{url}", region = "{region}",
      credentials = list(creds = list(access_key_id = "local", secret_access_key = "local"))))
    idp$update_user_attributes(AccessToken = token, UserAttributes = list(list(Name = "name", Value = "Sue")))

Mails and text messages: {url}/_poolhouse/outbox
"""


def run(settings: Settings, vault: Vault) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        Refused: the store cannot be opened, or another server writes it; or a setting cannot work.
    """
    # Said now, what a worker could only say in its log.
    store = open_migrated_store(settings, serving=True)
    check_ways_out(settings)
    if settings.server.apply:
        from poolhouse.cli.apply import apply_first  # noqa: PLC0415 (for few servers)

        apply_first(settings, store, vault)
    else:
        store.close()
    check_compromised_passwords(settings)

    def load() -> "WSGIApplication":
        # Several processes share the cores as it is. Threads that are started later stay where this one is.
        cores = Cores.divided() if settings.server.processes == 1 else Cores.undivided()
        cores.settle()
        store = open_store(
            settings.store_url, SystemClock(), serving=True, connections=settings.storage.connections
        )
        application = build(settings, store, vault, cores=cores)
        # What is loaded by now stays: looking through it all again and again would stop every thread for
        # tens of milliseconds at a time.
        gc.freeze()
        gc.enable()
        # Granian's worker leaves through multiprocessing's exit, which runs this and not `atexit`.
        Finalize(None, application.close, exitpriority=100)
        return application.wsgi

    serve(settings, load, lambda: print(_banner(settings), flush=True))


def _banner(settings: Settings) -> str:
    server = settings.server
    scheme = "https" if server.tls_certificate else "http"
    host = "localhost" if settings.dev else f"[{server.host}]" if ":" in server.host else server.host
    url = f"{scheme}://{host}:{server.port}"
    first = f"Poolhouse {__version__} listens on {url}"
    return f"{first}\n\n{_NEXT.format(url=url, region=server.region)}" if settings.dev else first
