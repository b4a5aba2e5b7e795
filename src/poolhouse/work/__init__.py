"""What runs in the background, in threads of the server's processes, under leases: no leader, no queue.

To add a task: a module with a function of `Services` that does one round, and a row in `runner.start`.
"""
