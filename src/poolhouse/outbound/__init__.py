"""Calls that leave the process: HTTP with time limits, and AWS through botocore. Knows nothing of Cognito."""
