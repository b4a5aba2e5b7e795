// The official clients in a page of another origin than the server's: what they do crosses origins (CORS).
import { CognitoIdentityProviderClient, GetUserCommand, InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

window.withIdentityJs = ({ endpoint, poolId, clientId }, Username, Password) =>
  new Promise((resolve, reject) => {
    const Pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint });
    const user = new CognitoUser({ Username, Pool });
    user.authenticateUser(new AuthenticationDetails({ Username, Password }), {
      onSuccess: () =>
        user.getUserAttributes((error, attributes) =>
          error ? reject(error) : resolve(Object.fromEntries(attributes.map((each) => [each.Name, each.Value])))),
      onFailure: reject,
    });
  });

window.withSdk = async ({ endpoint, clientId }, USERNAME, PASSWORD) => {
  const client = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
  const AuthParameters = { USERNAME, PASSWORD };
  const started = await client.send(
    new InitiateAuthCommand({ AuthFlow: "USER_PASSWORD_AUTH", ClientId: clientId, AuthParameters }),
  );
  const { AccessToken } = started.AuthenticationResult;
  return (await client.send(new GetUserCommand({ AccessToken }))).Username;
};

window.failsWithSdk = async (settings) => {
  try {
    return await window.withSdk(settings, "jane", "wrong");
  } catch (error) {
    return { name: error.name, message: error.message };
  }
};

// The endpoints that token libraries call from pages.
window.tokenEndpoint = async ({ endpoint, clientId }, code, redirectUri) => {
  const form = { grant_type: "authorization_code", client_id: clientId, code, redirect_uri: redirectUri };
  const tokens = await (await fetch(`${endpoint}/oauth2/token`, { method: "POST", body: new URLSearchParams(form) })).json();
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const user = await (await fetch(`${endpoint}/oauth2/userInfo`, { headers })).json();
  return { tokens: Object.keys(tokens).sort(), username: user.username };
};

// Pages are for people: no script of another origin reads one.
window.readsAPage = async (address) => {
  try {
    return (await fetch(address, { credentials: "include" })).status;
  } catch (error) {
    return error.name;
  }
};
