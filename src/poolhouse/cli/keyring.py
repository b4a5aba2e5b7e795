"""`poolhouse keyring rotate`: a new key for what is sealed from now on."""

from poolhouse.cli.common import ConfigOption, DataOption, Refused, read_settings
from poolhouse.keys.ring import RingError, rotate_ring


def rotate(*, data: DataOption = ".poolhouse", config: ConfigOption = None) -> None:
    """Add a key to the key ring's file and seal with it from now on; restart all servers together afterwards.

    The old keys stay in the file, to open what they sealed.
    """
    settings = read_settings(config, data)
    if settings.secrets.key:
        raise Refused("the key comes from the setting secrets.key; only a key ring in a file rotates")
    try:
        ring = rotate_ring(settings.keyring_path)
    except RingError as error:
        raise Refused(str(error)) from error
    print(f"{settings.keyring_path} seals with the key {ring.current}; {len(ring.keys) - 1} older ones open.")
    print("Restart all servers together: those that run do not know the new key.")
