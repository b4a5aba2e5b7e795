"""Calling a pool's triggers: how often, how long, how failures surface (digest «users» §5.2, §5.4)."""

from collections.abc import Mapping
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from poolhouse.domain.pool import Pool
from poolhouse.errors import (
    InvalidLambdaResponseException,
    TooManyRequestsException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from poolhouse.observe import Log
from poolhouse.outbound import LARGEST_ANSWER
from poolhouse.outbound.aws import AwsClients
from poolhouse.outbound.faults import Faults
from poolhouse.outbound.slots import NoSlotError, Slots
from poolhouse.settings import Settings
from poolhouse.triggers import events, targets
from poolhouse.triggers.answers import unrecognizable
from poolhouse.triggers.sender_keys import SenderKeys
from poolhouse.world import Clock, Entropy

_log = Log()


class Triggers:
    """The pools' Lambda triggers. At most half of the server's threads wait in here at a time.

    Attributes:
        faults: failures that a test asks for.
        keys: encrypt the codes that custom senders are told.
    """

    def __init__(self, settings: Settings, clock: Clock, entropy: Entropy) -> None:
        """Prepare the targets of `[[triggers.map]]` and the keys of `[[triggers.keys]]`.

        Raises:
            SettingsError: an entry cannot work.
        """
        self.faults = Faults()
        self._resources = ExitStack()
        aws = self._resources.enter_context(AwsClients(settings.aws, settings.server.region))
        self._seconds = settings.triggers.timeout_seconds
        self._attempts = settings.triggers.attempts
        self._entropy = entropy
        self._slots = Slots("trigger", max(1, settings.server.threads // 2))
        self._targets = [
            (trigger.arn, targets.make(trigger, settings, clock, aws, self._resources))
            for trigger in settings.triggers.map
        ]
        self.keys = SenderKeys(settings.triggers, aws)

    def close(self) -> None:
        """Close what is open towards the targets."""
        self._resources.close()

    def fire(
        self,
        pool: Pool,
        family: str,
        source: str,
        *,
        user_name: str,
        client_id: str | None,
        request: Mapping[str, Any],
        response: Mapping[str, Any],
        user_agent: str = "",
    ) -> dict[str, Any] | None:
        """Call a trigger and wait for its answer. No transaction may be open.

        Args:
            pool: the user pool.
            family: the member of `LambdaConfig`, as in `PreSignUp`.
            source: the whole `triggerSource`, as in `PreSignUp_SignUp`.
            user_name: the stored username, or what was typed where there is no user.
            client_id: the app client; None for an administrator's request.
            request: built by `events`.
            response: what the event's `response` holds on its way to the function.
            user_agent: the caller's, for `awsSdkVersion`.

        Returns:
            The answer's `response`; None when the pool has no such trigger.

        Raises:
            UserLambdaValidationException: the function failed.
            UnexpectedLambdaException: it could not be called, or gave no answer in time.
            InvalidLambdaResponseException: its answer is not an event.
            TooManyRequestsException: too many triggers are waited for already.
        """
        arn = _arn(pool, family)
        if arn is None:
            return None
        event = events.envelope(
            pool,
            family,
            source,
            user_name=user_name,
            client_id=client_id,
            user_agent=user_agent,
            request=request,
            response=response,
        )
        return _read(self._invoke(family, arn, event, self._entropy.uuid(), self._attempts))

    def tell(
        self,
        pool: Pool,
        family: str,
        source: str,
        *,
        event_id: str,
        user_name: str,
        client_id: str | None,
        request: Mapping[str, Any],
        user_agent: str = "",
    ) -> None:
        """Call a trigger of which no answer is wanted, once: who got no answer in time may have acted.

        Args, otherwise as those of `fire`:
            event_id: names the event, whenever it is told; a webhook's receiver may drop repetitions.

        Raises:
            UserLambdaValidationException, UnexpectedLambdaException, TooManyRequestsException: as `fire`.
        """
        arn = _arn(pool, family)
        if arn is None:
            return
        event = events.envelope(
            pool,
            family,
            source,
            user_name=user_name,
            client_id=client_id,
            user_agent=user_agent,
            request=request,
            response=None,
        )
        self._invoke(family, arn, event, event_id, 1)

    def _invoke(self, family: str, arn: str, event: Mapping[str, Any], event_id: str, attempts: int) -> bytes:
        log = _log.bind(trigger=family, arn=arn)
        target = next((target for pattern, target in self._targets if fnmatchcase(arn, pattern)), None)
        if target is None:
            log.error("trigger_not_mapped", advice="add a [[triggers.map]] entry whose arn matches this one")
            raise UnexpectedLambdaException(f"{family} invocation failed due to configuration.")
        body = msgspec.json.encode(event)
        reason = ""
        for attempt in range(1, attempts + 1):
            try:
                if self.faults.take():
                    raise targets.InvocationFailedError("a test asked for it")
                return self._slots.run(lambda: target(arn, body, event_id), self._seconds)
            except targets.FunctionFailedError as error:
                log.info("trigger_function_failed")
                raise UserLambdaValidationException(f"{family} failed with error {error}.") from error
            except targets.InvocationFailedError as error:
                log.warning("trigger_invocation_failed", reason=str(error))
                raise UnexpectedLambdaException(
                    f"{family} invocation failed due to error {error}."
                ) from error
            except NoSlotError as error:
                log.warning("trigger_slots_exhausted", advice="raise server.threads, or mend slow triggers")
                raise TooManyRequestsException("Rate exceeded") from error
            except TimeoutError:
                reason = "Socket timeout while invoking Lambda function"
            except ConnectionError as error:
                log.warning("trigger_connection_failed", reason=str(error))
                reason = "Connection failure while invoking Lambda function"
            log.warning("trigger_attempt_failed", attempt=attempt, reason=reason)
        raise UnexpectedLambdaException(f"{family} invocation failed due to error {reason}.")


def configured(pool: Pool, family: str) -> bool:
    """Tell whether a pool has a trigger, by its member of `LambdaConfig`."""
    return _arn(pool, family) is not None


def _arn(pool: Pool, family: str) -> str | None:
    if family == "PreTokenGeneration":
        config = pool.lambda_config.get("PreTokenGenerationConfig") or {}
        return config.get("LambdaArn") or pool.lambda_config.get(family)
    named = pool.lambda_config.get(family)
    return named["LambdaArn"] if isinstance(named, Mapping) else named


def _read(body: bytes) -> dict[str, Any]:
    """Return the answer's `response`.

    `null` is what a function answers that forgets to return: the service calls it invalid JSON.
    """
    answer = targets.parse(body) if len(body) <= LARGEST_ANSWER else None
    if answer is None:
        raise InvalidLambdaResponseException("Invalid lambda function output : Invalid JSON")
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict):
        raise unrecognizable()
    return response
