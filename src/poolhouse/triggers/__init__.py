"""Lambda triggers: what we send (`events`), how we call (`invoke`, `targets`), what we accept (`answers`).

A flow builds the request with `events`, calls `Triggers.fire`, and reads the answer with `answers`. To add a
trigger: its sources to `events.SOURCES`, a builder beside the others, a Struct to `answers`.
"""
