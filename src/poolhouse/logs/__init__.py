"""Where the logs go that pools are set up to send: files, AWS, webhooks.

To add a kind: a function that returns a `Destination`, its name in `settings.LogDestination`, and a row in
`destinations.py`.
"""
