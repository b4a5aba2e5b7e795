"""Who calls: access tokens, SigV4 signatures and the policies behind access keys."""
