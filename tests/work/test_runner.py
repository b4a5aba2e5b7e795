"""Background threads: rounds follow one another, failures do not end them, stopping stops them."""

import threading

from poolhouse.work.runner import Runner, Task
from support.logs import logged


def test_rounds_follow_one_another_and_survive_failures():
    rounds = []
    enough = threading.Event()

    def run():
        rounds.append(1)
        if len(rounds) == 2:
            raise RuntimeError("this round failed")
        if len(rounds) >= 4:
            enough.set()
        return False

    runner = Runner([Task("task", 0.001, run)])
    with logged() as lines:
        runner.start()
        assert enough.wait(20)
        runner.stop()
    after = len(rounds)
    assert not any(thread.name == "task" for thread in threading.enumerate())
    assert len(rounds) == after
    assert any(b"task_failed" in line and b"this round failed" in line for line in lines)


def test_a_full_round_is_followed_at_once():
    rounds = []
    done = threading.Event()

    def run():
        rounds.append(1)
        if len(rounds) == 3:
            done.set()
        return len(rounds) < 3

    runner = Runner([Task("task", 3600, run)])
    runner.start()
    assert done.wait(20)
    runner.stop()
    assert len(rounds) == 3


def test_stopping_does_not_wait_for_the_pause():
    began = threading.Event()

    def run():
        began.set()
        return False

    runner = Runner([Task("task", 3600, run)])
    runner.start()
    assert began.wait(20)
    runner.stop()
    assert not any(thread.name == "task" for thread in threading.enumerate())
