// Two devices of one user through amazon-cognito-identity-js: refresh, sign-out, sign-out everywhere.
// usage: node sign_out.mjs <file of JSON settings>. Prints one JSON object: what each step answered.
import { readFileSync } from "node:fs";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const done = (name, answer) => console.log(JSON.stringify({ step: name, answer }));

async function signedIn() {
  const storage = new Map();
  const Storage = {
    setItem: (key, value) => storage.set(key, value),
    getItem: (key) => storage.get(key) ?? null,
    removeItem: (key) => storage.delete(key),
    clear: () => storage.clear(),
  };
  const { poolId: UserPoolId, clientId: ClientId, endpoint, username: Username, password: Password } = settings;
  const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint, Storage });
  const user = new CognitoUser({ Username, Pool: pool, Storage });
  const session = await new Promise((onSuccess, onFailure) =>
    user.authenticateUser(new AuthenticationDetails({ Username, Password }), { onSuccess, onFailure }),
  );
  return { user, session, storage };
}
const refresh = ({ user, session }) =>
  new Promise((resolve) =>
    user.refreshSession(session.getRefreshToken(), (error, fresh) => resolve(error ? error.message : typeof fresh)),
  );
const attributes = ({ user }) =>
  new Promise((resolve) => user.getUserAttributes((error) => resolve(error ? error.message : "SUCCESS")));

async function main() {
  const phone = await signedIn();
  const laptop = await signedIn();
  const tablet = await signedIn();
  done("refresh", [await refresh(phone), await refresh(laptop)]);
  await new Promise((resolve) => phone.user.signOut(resolve));
  done("signOut", { left: phone.storage.size, refresh: await refresh(phone), other: await attributes(laptop) });
  await new Promise((onSuccess, onFailure) => laptop.user.globalSignOut({ onSuccess, onFailure }));
  done("globalSignOut", { attributes: await attributes(tablet), refresh: await refresh(tablet) });
}

main().then(
  () => process.exit(0),
  (error) => {
    console.log(JSON.stringify({ failed: { code: error.code ?? error.name, message: error.message } }));
    process.exit(1);
  },
);
