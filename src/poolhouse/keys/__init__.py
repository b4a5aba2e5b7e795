"""Keys and what they do: sealing secrets at rest, hashing passwords, signing tokens.

May import the store, the rules and what lies below them. Nothing here knows a request.
"""
