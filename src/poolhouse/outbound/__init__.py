"""Calls that leave the process: HTTP with time limits, and AWS through botocore. Knows nothing of Cognito."""

LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes read of an answer: the most that a Lambda function may return."""
