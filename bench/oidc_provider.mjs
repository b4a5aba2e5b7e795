// node-oidc-provider with one client that asks for itself, and JWTs by RS256; keeps everything in memory.
// usage: node oidc_provider.mjs <folder with node_modules> <port> <client id> <client secret>
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, port, client_id, client_secret] = process.argv.slice(2);
const entry = createRequire(`${folder}/`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(entry));
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const grants = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256" }] },
  clients: [{ client_id, client_secret, token_endpoint_auth_method: "client_secret_post", ...grants }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "https://api.example.com",
      getResourceServerInfo: () => ({
        scope: "api/read",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
provider.listen(Number(port), "127.0.0.1");
