"""Where threads run: the interpreter's on one core, those that hash on the others."""

import os
from threading import Thread

from poolhouse.keys.cores import Cores
from poolhouse.keys.passwords import hashing_threads

EVERYWHERE = os.sched_getaffinity(0)


def in_a_thread(work):
    """Run it where it moves no other test's thread."""
    results = []
    thread = Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


def settled():
    cores = Cores.divided()
    cores.settle()
    return cores, os.sched_getaffinity(0)


def test_the_interpreter_has_one_core_and_threads_started_later_share_it():
    def work():
        _, home = settled()
        return home, in_a_thread(lambda: os.sched_getaffinity(0))

    home, later = in_a_thread(work)
    assert len(home) == 1
    assert home <= EVERYWHERE
    assert later == home


def test_passwords_are_hashed_on_the_other_cores():
    def work():
        cores, home = settled()
        with hashing_threads(1, cores) as hashing:
            there = hashing.submit(os.sched_getaffinity, 0).result()
        return home, there, os.sched_getaffinity(0)

    home, there, here = in_a_thread(work)
    assert there == (EVERYWHERE - home or EVERYWHERE)
    assert here == home


def test_a_process_with_one_core_has_nothing_to_divide():
    def work():
        os.sched_setaffinity(0, {min(EVERYWHERE)})
        cores, home = settled()
        with hashing_threads(1, cores) as hashing:
            return cores.count, home, hashing.submit(os.sched_getaffinity, 0).result()

    assert in_a_thread(work) == (1, {min(EVERYWHERE)}, {min(EVERYWHERE)})


def test_undivided_moves_nobody():
    def work():
        cores = Cores.undivided()
        cores.settle()
        cores.leave()
        return cores.count, os.sched_getaffinity(0)

    assert in_a_thread(work) == (len(EVERYWHERE), EVERYWHERE)


def test_cores_that_were_taken_away_are_the_systems_business():
    def work():
        cores = Cores(2, {100_000}, {100_001})
        cores.settle()
        cores.leave()
        return os.sched_getaffinity(0)

    assert in_a_thread(work) == EVERYWHERE
