from poolhouse.domain.pool import Pool

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:hook"


def pool(**lambda_config) -> Pool:
    return Pool("eu-west-1_Abc123", "p", 1.0, 1.0, {}, {"LambdaConfig": lambda_config})
