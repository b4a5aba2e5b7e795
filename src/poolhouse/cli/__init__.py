"""The command line: `poolhouse serve`, `init`, `apply`, `doctor`, `migrate`, `key …`, `lockout …`, more.

Each command lives in a module of its own that is imported when the command runs, so that `serve` is up in a
moment. To add one: write `cli/<name>.py` with a function, name it in the table below, document it in
`docs/reference/command-line.md` (a test compares the two).
"""

import gc

from cyclopts import App

from poolhouse import __version__

app = App(
    name="poolhouse",
    help="A self-hosted identity server that speaks Amazon Cognito user pools' API.",
    version=__version__,
)
app.command("poolhouse.cli.serve:serve")
app.command("poolhouse.cli.init:init")
app.command("poolhouse.cli.apply:apply")
app.command("poolhouse.cli.doctor:doctor")
app.command("poolhouse.cli.migrate:migrate")

key = App(name="key", help="Access keys: who may call the operations that need a signature.")
key.command("poolhouse.cli.key:create")
key.command("poolhouse.cli.key:list_keys", name="list")
key.command("poolhouse.cli.key:revoke")
app.command(key)

lockout = App(name="lockout", help="Lock-outs after wrong passwords and codes.")
lockout.command("poolhouse.cli.lockout:list_locked", name="list")
lockout.command("poolhouse.cli.lockout:lift")
app.command(lockout)

limits = App(name="limits", help="Hourly limits of users.")
limits.command("poolhouse.cli.limits:show")
limits.command("poolhouse.cli.limits:lift")
app.command(limits)

import_job = App(name="import-job", help="User imports.")
import_job.command("poolhouse.cli.import_job:log")
app.command(import_job)

pool = App(name="pool", help="User pools.")
pool.command("poolhouse.cli.pool:change")
app.command(pool)

keyring = App(name="keyring", help="The key ring, under which secrets are encrypted at rest.")
keyring.command("poolhouse.cli.keyring:rotate")
app.command(keyring)


sender_key = App(name="sender-key", help="Keys that encrypt the codes of custom senders.")
sender_key.command("poolhouse.cli.sender_key:create")
app.command(sender_key)

signing_key = App(name="signing-key", help="The keys that sign a pool's tokens.")
signing_key.command("poolhouse.cli.signing_key:rotate")
signing_key.command("poolhouse.cli.signing_key:list_keys", name="list")
signing_key.command("poolhouse.cli.signing_key:remove")
app.command(signing_key)


@app.command
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run the command line; a refusal is one sentence on stderr and exit status 1."""
    import sys  # noqa: PLC0415 (kept off the import path of `serve`)

    # Loading makes much and drops little: looking for garbage meanwhile is a sixth of the time to start.
    # Commands end soon; a server turns it on again once it is loaded (`process.py`).
    gc.disable()
    from poolhouse.cli.common import Refused  # noqa: PLC0415

    # A group's help tells what its commands do, so it must have them loaded; a command has none below it.
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    app.parse_commands(words)[1][-1].resolved_commands()
    try:
        app()
    except Refused as refusal:
        print(f"poolhouse: {refusal}", file=sys.stderr)
        raise SystemExit(1) from None
