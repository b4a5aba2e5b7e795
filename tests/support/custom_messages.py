"""CustomMessage functions that remember their events, and one that fails."""

EVENTS = []


def record(event):
    """Remember the event; the pool's template is used."""
    EVENTS.append(event)
    return event


def fail(event):
    """Remember the event and fail."""
    EVENTS.append(event)
    raise RuntimeError("no words")


def events_of(user_name):
    """Return the events of one user, oldest first."""
    return [event for event in EVENTS if event["userName"] == user_name]
