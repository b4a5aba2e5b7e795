// What the scripts share: a pool on a running server, and talk with the test that started them.
// usage: node <script>.mjs <file of JSON settings>
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

export const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const storage = new Map();
const Storage = {
  setItem: (key, value) => storage.set(key, value),
  getItem: (key) => storage.get(key) ?? null,
  removeItem: (key) => storage.delete(key),
  clear: () => storage.clear(),
};
export const pool = new CognitoUserPool({
  UserPoolId: settings.poolId,
  ClientId: settings.clientId,
  endpoint: settings.endpoint,
  Storage,
});
export const userNamed = (Username) => new CognitoUser({ Username, Pool: pool, Storage });
export const done = (name, answer) => console.log(JSON.stringify({ step: name, answer }));

// What the test knows or does comes on stdin, one JSON value a line, when asked for.
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export async function ask(what) {
  console.log(JSON.stringify({ ask: what }));
  return JSON.parse((await lines.next()).value);
}
export const promised = (start) =>
  new Promise((resolve, reject) => start((error, ...answer) => (error ? reject(error) : resolve(answer))));

export const run = (main) =>
  main().then(
    () => process.exit(0),
    (error) => {
      console.log(JSON.stringify({ failed: { code: error.code ?? error.name, message: error.message } }));
      process.exit(1);
    },
  );
