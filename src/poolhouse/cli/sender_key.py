"""`poolhouse sender-key create`: a key that stands for one of KMS's, for custom senders."""

import base64
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from poolhouse.cli.common import ConfigOption, DataOption, Refused, read_settings
from poolhouse.keys.ring import RingError, make_key_file
from poolhouse.world import SystemEntropy


def create(
    file: Annotated[Path, Parameter(help="The key's file, which is made.")],
    /,
    *,
    arn: Annotated[str, Parameter(help="ARN that pools name it by; one is made up by default.")] = "",
    data: DataOption = ".poolhouse",
    config: ConfigOption = None,
) -> None:
    """Make a key file, and print what the settings, the pools and the function that decrypts take."""
    server = read_settings(config, data).server
    arn = arn or f"arn:aws:kms:{server.region}:{server.account_id}:key/{SystemEntropy().uuid()}"
    try:
        key = make_key_file(file)
    except RingError as error:
        raise Refused(str(error)) from error
    print(
        "# For the settings file:\n"
        f'[[triggers.keys]]\narn = "{arn}"\nfile = "{file.resolve()}"\n\n'
        f"# For LambdaConfig of the pools:\nKMSKeyID={arn}\n\n"
        f"# For the function, which must keep it secret:\nSENDER_KEY={base64.b64encode(key).decode()}"
    )
