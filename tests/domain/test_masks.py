import pytest

from poolhouse.domain.masks import mask


@pytest.mark.parametrize(
    ("medium", "destination", "shown"),
    [
        ("EMAIL", "fixture@example.com", "f***@e***"),
        ("EMAIL", "a@b", "a***@b***"),
        ("SMS", "+12065550100", "+*******0100"),
        ("SMS", "+15", "+*******15"),
    ],
)
def test_mask(medium, destination, shown):
    assert mask(medium, destination) == shown
