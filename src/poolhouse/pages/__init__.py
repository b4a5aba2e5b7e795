"""Pages for people: the confirmation link's, and the outbox of `--dev`.

A page is a function of `Services` and a Werkzeug request that returns a response; `web` routes to it. To add
one: a module, a rule in `web`, a template that extends `base.html`.
"""
