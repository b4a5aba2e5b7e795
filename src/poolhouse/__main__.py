"""`python -m poolhouse`."""

from poolhouse.cli import main

main()
