"""`make bench`: each operation beside its own floor, in one run.

A time alone means nothing on a shared machine; a ratio to a floor measured a moment earlier does. The floors
are a bare hello of the same server with the same threads, the cryptography that an answer must do, and the
flush that it must wait for. Runs are interleaved and the median of the ratios is reported.
"""
