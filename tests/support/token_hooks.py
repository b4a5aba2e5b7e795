"""PreTokenGeneration functions, version 2."""


def customise(event):
    request = event["request"]
    event["response"] = {
        "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {
                "claimsToAddOrOverride": {
                    "plan": "gold",
                    "sub": "evil",
                    "source": event["triggerSource"],
                    "saw": {"scopes": request["scopes"], "metadata": request["clientMetadata"]},
                },
                "claimsToSuppress": ["email", "iss"],
            },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"plan": ["a", 1], "event_id": "evil", "token_use": "id"},
                "scopesToAdd": ["orders/read"],
            },
            "groupOverrideDetails": {"groupsToOverride": ["vips"], "preferredRole": ""},
        }
    }
    return event


def refuse(event):
    raise PermissionError("not today")
