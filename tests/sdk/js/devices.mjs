// Drives the devices of amazon-cognito-identity-js against a running server: each sign-in tells what it asked for.
import { CognitoRefreshToken } from "amazon-cognito-identity-js";
import { ask, browser, called, done, promised, run, settings, signIn } from "./common.mjs";

const { username, password, phone } = settings;
const { userNamed } = browser();

// The library does the rest by itself: it confirms a new device, proves a known one, drops a stale key.
async function signedIn(user) {
  const asked = [];
  const session = await signIn(user, username, password, (callbacks) => ({
    mfaRequired: async (name) => {
      asked.push(name);
      user.sendMFACode(await ask({ mailTo: phone }), callbacks);
    },
  }));
  return { session, asked };
}
const told = ({ session, asked }) => ({ asked, key: session.getAccessToken().decodePayload().device_key });

run(async () => {
  done("on a new device", told(await signedIn(userNamed(username))));
  const user = userNamed(username);
  const known = await signedIn(user);
  done("on a known device", told(known));

  const refresh = new CognitoRefreshToken({ RefreshToken: known.session.getRefreshToken().getToken() });
  const [refreshed] = await promised((back) => user.refreshSession(refresh, back));
  done("refreshSession", { key: refreshed.getAccessToken().decodePayload().device_key });
  done("getDevice", (await called((back) => user.getDevice(back))).Device);
  done("listDevices", (await called((back) => user.listDevices(10, null, back))).Devices.length);

  await called((back) => user.setDeviceStatusNotRemembered(back));
  done("not remembered", told(await signedIn(userNamed(username))));
  await called((back) => user.setDeviceStatusRemembered(back));
  done("remembered again", told(await signedIn(userNamed(username))));

  await ask({ forget: user.deviceKey });
  done("on a device that was forgotten", told(await signedIn(userNamed(username))));
  const last = userNamed(username);
  done("on the device that took its place", told(await signedIn(last)));
  await called((back) => last.forgetDevice(back));
  done("forgetDevice", told(await signedIn(userNamed(username))));
});
