// oauth4webapi, which knows nothing of Cognito: all that it needs it finds in the discovery document.
import * as oauth from "oauth4webapi";
import { ask, done, run, settings } from "./common.mjs";

const http = { [oauth.allowInsecureRequests]: true };
const redirectUri = "https://app.example.com/callback";

const authentications = {
  none: () => oauth.None(),
  basic: (secret) => oauth.ClientSecretBasic(secret),
  post: (secret) => oauth.ClientSecretPost(secret),
};

async function discover() {
  const issuer = new URL(settings.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...http });
  return oauth.processDiscoveryResponse(issuer, response);
}

// Sends the browser away, which the test drives; returns what came back, checked.
async function authorize(server, client, verifier, nonce) {
  const state = oauth.generateRandomState();
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const callback = new URL(await ask({ visit: url.href }));
  return oauth.validateAuthResponse(server, client, callback, state);
}

async function signIn(server, { id, secret, authentication }) {
  const client = { client_id: id };
  const prove = authentications[authentication](secret);
  const [verifier, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomNonce()];
  const returned = await authorize(server, client, verifier, nonce);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, prove, returned, redirectUri, verifier, http,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response, http);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const info = await oauth.processUserInfoResponse(
    server, client, claims.sub, await oauth.userInfoRequest(server, client, tokens.access_token, http),
  );
  const refresh = async () =>
    oauth.processRefreshTokenResponse(
      server, client, await oauth.refreshTokenGrantRequest(server, client, prove, tokens.refresh_token, http),
    );
  const refreshed = await refresh();
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, prove, tokens.refresh_token, http),
  );
  const revoked = await refresh().catch((error) => error.error);
  const after = await oauth
    .processUserInfoResponse(
      server, client, claims.sub, await oauth.userInfoRequest(server, client, tokens.access_token, http),
    )
    .catch((error) => error.cause?.[0]?.parameters?.error ?? error.code);
  return {
    email: claims.email,
    info,
    refreshed: refreshed.access_token !== tokens.access_token && oauth.getValidatedIdTokenClaims(refreshed).sub === claims.sub,
    revoked,
    after,
  };
}

async function machine(server, { id, secret }, prove) {
  const client = { client_id: id };
  const response = await oauth.clientCredentialsGrantRequest(
    server, client, prove(secret), new URLSearchParams({ scope: "api/read" }), http,
  );
  const tokens = await oauth.processClientCredentialsResponse(server, client, response);
  return [tokens.token_type, tokens.expires_in];
}

// Registers the application, without an initial access token or with one.
async function register(server, metadata, initialAccessToken) {
  const response = await oauth.dynamicClientRegistrationRequest(server, metadata, { initialAccessToken, ...http });
  return oauth.processDynamicClientRegistrationResponse(response);
}

async function registerAndSignIn(server, { authentication, method, token }) {
  const metadata = { redirect_uris: [redirectUri], token_endpoint_auth_method: method, scope: "openid email" };
  const { client_id: id, client_secret: secret = "" } = await register(server, metadata, token);
  return signIn(server, { id, secret, authentication });
}

run(async () => {
  const server = await discover();
  done("discovery", server.issuer === settings.issuer);
  for (const made of settings.registrations) done(`registered, ${made.authentication}`, await registerAndSignIn(server, made));
  const refused = { redirect_uris: ["http://app.example.com/callback"] };
  done("a redirect URI that is refused", await register(server, refused).catch((error) => error.error));
  for (const client of settings.clients) done(client.authentication, await signIn(server, client));
  done("client_credentials by header", await machine(server, settings.machine, authentications.basic));
  done("client_credentials by body", await machine(server, settings.machine, authentications.post));
  const wrong = { ...settings.machine, secret: "wrong" };
  done("a wrong secret", await machine(server, wrong, authentications.basic).catch((error) => error.error));
});
