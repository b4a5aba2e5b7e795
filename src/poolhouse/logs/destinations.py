"""The destinations of `[[logs.map]]`: the operator says where pools' logs go, never the pools."""

from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path

from poolhouse.logs import aws, file
from poolhouse.logs.batch import Batch, DeliveryError, Destination
from poolhouse.observe import Log
from poolhouse.outbound import webhook
from poolhouse.outbound.aws import AwsClients
from poolhouse.outbound.slots import NoSlotError, Slots
from poolhouse.settings import LogDestination, Settings
from poolhouse.world import Clock

_log = Log()
_SLOTS = 8
_STEPS = 3
"""A delivery that takes longer than so many of its steps may is waited for no more."""


class Destinations:
    """What the ARNs stand for. Few deliveries are waited for at a time, and none for long."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Prepare the destinations.

        Raises:
            SettingsError: an entry cannot work.
        """
        self._resources = ExitStack()
        self._seconds = settings.logs.timeout_seconds
        self._slots = Slots("logs", _SLOTS)
        clients = self._resources.enter_context(AwsClients(settings.aws, settings.server.region))
        self._entries = [(entry, self._make(entry, settings, clock, clients)) for entry in settings.logs.map]

    def close(self) -> None:
        """Close what is open towards the destinations."""
        self._resources.close()

    def leads_somewhere(self, pool_id: str, arn: str) -> bool:
        """Tell whether a pool may send its logs to this ARN, and it stands for something."""
        return self._find(pool_id, arn) is not None

    def deliver(self, batch: Batch) -> None:
        """Hand a batch over. No transaction may be open.

        Raises:
            DeliveryError: it was not taken, or not all of it.
        """
        destination = self._find(batch.pool_id, batch.arn)
        if destination is None:
            raise DeliveryError("no [[logs.map]] entry fits")
        try:
            self._slots.run(lambda: destination(batch), _STEPS * self._seconds)
        except NoSlotError as error:
            raise DeliveryError("too many deliveries hang") from error
        except TimeoutError as error:
            raise DeliveryError("it took too long") from error
        except OSError as error:
            raise DeliveryError(error.strerror or str(error) or type(error).__name__) from error
        except DeliveryError:
            raise
        except Exception as error:
            _log.exception("log_delivery_broke", arn=batch.arn)  # an answer as AWS gives none
            raise DeliveryError(type(error).__name__) from error

    def _find(self, pool_id: str, arn: str) -> Destination | None:
        for entry, destination in self._entries:
            if fnmatchcase(arn, entry.arn) and fnmatchcase(pool_id, entry.pools):
                return destination
        return None

    def _make(
        self, entry: LogDestination, settings: Settings, clock: Clock, clients: AwsClients
    ) -> Destination:
        match entry.kind:
            case "file":
                return file.destination(Path(entry.folder) if entry.folder else settings.logs_folder)
            case "cloudwatch":
                return aws.cloudwatch(entry, clients, self._seconds)
            case "s3":
                return aws.s3(entry, clients, self._seconds)
            case "firehose":
                return aws.firehose(entry, clients, self._seconds)
            case _:
                return self._webhook(entry, settings, clock)

    def _webhook(self, entry: LogDestination, settings: Settings, clock: Clock) -> Destination:
        key = webhook.checked_key(
            entry.url, entry.secret, f"logs.map: the webhook for {entry.arn}", dev=settings.dev
        )
        from poolhouse.logs.webhook import destination  # noqa: PLC0415 (its HTTP client is slow to import)
        from poolhouse.outbound.posting import Poster  # noqa: PLC0415

        poster = Poster(
            entry.url,
            key,
            clock,
            self._seconds,
            resources=self._resources,
            public_only=entry.public_only,
        )
        return destination(poster)
