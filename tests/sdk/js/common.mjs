// What the scripts share: browsers on a running server, and talk with the test that started them.
// usage: node <script>.mjs <file of JSON settings>
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

export const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));

// A browser: what it keeps, the pool as it knows it, its users. Two know nothing of each other.
export function browser() {
  const kept = new Map();
  const Storage = {
    setItem: (key, value) => kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => kept.delete(key),
    clear: () => kept.clear(),
  };
  const { poolId: UserPoolId, clientId: ClientId, endpoint } = settings;
  const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage });
  return { kept, pool, userNamed: (Username) => new CognitoUser({ Username, Pool: pool, Storage }) };
}

// Signs in with SRP. `asked` gives the callbacks for what else may be asked; each hands on all that it is given.
export const signIn = (user, Username, Password, asked = () => ({})) =>
  called((callbacks) => {
    Object.assign(callbacks, asked(callbacks));
    user.authenticateUser(new AuthenticationDetails({ Username, Password }), callbacks);
  });
export const done = (name, answer) => console.log(JSON.stringify({ step: name, answer }));

// What the test knows or does comes on stdin, one JSON value a line, when asked for.
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export async function ask(what) {
  console.log(JSON.stringify({ ask: what }));
  return JSON.parse((await lines.next()).value);
}

// The library's two manners of calling back, as promises: one function, and an object of functions.
export const promised = (start) =>
  new Promise((resolve, reject) => start((error, ...answer) => (error ? reject(error) : resolve(answer))));
export const called = (start) => new Promise((onSuccess, onFailure) => start({ onSuccess, onFailure }));

export const run = (main) =>
  main().then(
    () => process.exit(0),
    (error) => {
      console.log(JSON.stringify({ failed: { code: error.code ?? error.name, message: error.message } }));
      process.exit(1);
    },
  );
