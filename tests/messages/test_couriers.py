"""Couriers set out behind the answer."""

from poolhouse.messages.couriers import Couriers


def test_the_answer_has_a_head_start():
    couriers, order = Couriers(4), []
    for _ in range(4):
        couriers.hand_over(lambda: order.append("message"))
    order += ["answer"] * 4
    couriers.close(10)
    assert order == ["answer"] * 4 + ["message"] * 4
