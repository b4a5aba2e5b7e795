"""What several entrances share, free of any protocol: sign-in, sign-up, recovery, verification, tokens."""
