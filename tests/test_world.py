"""The machine's clock and generator."""

import uuid

from poolhouse.world import SystemClock, SystemEntropy


def test_a_uuid_is_a_random_one_in_its_usual_form():
    drawn = {SystemEntropy().uuid() for _ in range(500)}
    assert len(drawn) == 500
    for text in drawn:
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert parsed.version == 4
        assert parsed.variant == uuid.RFC_4122


def test_times_have_milliseconds():
    now = SystemClock().now()
    assert now == round(now, 3)


def test_drawn_texts_are_as_long_as_asked_for():
    entropy = SystemEntropy()
    assert len(entropy.digits(6)) == 6
    assert entropy.digits(40).isdigit()
    assert set(entropy.text(50, "ab")) <= {"a", "b"}
    assert len(entropy.bytes(16)) == 16
