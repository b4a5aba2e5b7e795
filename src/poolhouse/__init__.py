"""Poolhouse: a self-hosted identity server that speaks Amazon Cognito user pools' API."""

__version__ = "0.1.0"
