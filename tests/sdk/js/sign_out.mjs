// Three devices of one user through amazon-cognito-identity-js: refresh, sign-out, sign-out everywhere.
import { browser, called, done, run, settings, signIn } from "./common.mjs";

async function signedIn() {
  const { kept, userNamed } = browser();
  const user = userNamed(settings.username);
  return { kept, user, session: await signIn(user, settings.username, settings.password) };
}
const refresh = ({ user, session }) =>
  new Promise((resolve) =>
    user.refreshSession(session.getRefreshToken(), (error, fresh) => resolve(error ? error.message : typeof fresh)),
  );
const attributes = ({ user }) =>
  new Promise((resolve) => user.getUserAttributes((error) => resolve(error ? error.message : "SUCCESS")));

run(async () => {
  const phone = await signedIn();
  const laptop = await signedIn();
  const tablet = await signedIn();
  done("refresh", [await refresh(phone), await refresh(laptop)]);
  await new Promise((resolve) => phone.user.signOut(resolve));
  done("signOut", { left: phone.kept.size, refresh: await refresh(phone), other: await attributes(laptop) });
  await called((back) => laptop.user.globalSignOut(back));
  done("globalSignOut", { attributes: await attributes(tablet), refresh: await refresh(tablet) });
});
