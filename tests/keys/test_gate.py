"""The gate: so many at a time, first come, first served."""

import os
from threading import Lock, Thread

import pytest

from poolhouse.keys.gate import Gate


def test_no_more_are_inside_than_there_are_slots():
    gate, lock, inside, most = Gate(2), Lock(), [0], [0]

    def work():
        for _ in range(50):
            with gate:
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= 1

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 2
    assert inside[0] == 0


def test_first_come_first_served():
    gate, order, threads = Gate(1), [], []

    def work(number):
        with gate:
            order.append(number)

    with gate:
        for number in range(6):
            thread = Thread(target=work, args=(number,))
            thread.start()
            threads.append(thread)
            while len(gate._waiting) <= number:  # until this one stands in the queue
                os.sched_yield()
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_a_failure_inside_gives_the_slot_back():
    gate = Gate(1)
    with pytest.raises(ZeroDivisionError), gate:
        raise ZeroDivisionError
    with gate:
        assert gate._free == 0
    assert gate._free == 1
