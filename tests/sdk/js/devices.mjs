// Drives the devices of amazon-cognito-identity-js against a running server: each sign-in tells what it asked for.
import { AuthenticationDetails, CognitoRefreshToken } from "amazon-cognito-identity-js";
import { ask, done, promised, run, settings, userNamed } from "./common.mjs";

const { username, password, phone } = settings;

// The library does the rest by itself: it confirms a new device, proves a known one, drops a stale key.
function signIn(user) {
  return new Promise((resolve, reject) => {
    const asked = [];
    const callbacks = {
      onSuccess: (session) => resolve({ session, asked }),
      onFailure: reject,
      mfaRequired: async (name) => {
        asked.push(name);
        user.sendMFACode(await ask({ mailTo: phone }), callbacks);
      },
    };
    user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), callbacks);
  });
}
const told = ({ session, asked }) => ({ asked, key: session.getAccessToken().decodePayload().device_key });
const called = (start) => new Promise((onSuccess, onFailure) => start({ onSuccess, onFailure }));

run(async () => {
  done("on a new device", told(await signIn(userNamed(username))));
  const user = userNamed(username);
  const known = await signIn(user);
  done("on a known device", told(known));

  const refresh = new CognitoRefreshToken({ RefreshToken: known.session.getRefreshToken().getToken() });
  const [refreshed] = await promised((back) => user.refreshSession(refresh, back));
  done("refreshSession", { key: refreshed.getAccessToken().decodePayload().device_key });
  done("getDevice", (await called((back) => user.getDevice(back))).Device);
  done("listDevices", (await called((back) => user.listDevices(10, null, back))).Devices.length);

  await called((back) => user.setDeviceStatusNotRemembered(back));
  done("not remembered", told(await signIn(userNamed(username))));
  await called((back) => user.setDeviceStatusRemembered(back));
  done("remembered again", told(await signIn(userNamed(username))));

  await ask({ forget: user.deviceKey });
  done("on a device that was forgotten", told(await signIn(userNamed(username))));
  const last = userNamed(username);
  done("on the device that took its place", told(await signIn(last)));
  await called((back) => last.forgetDevice(back));
  done("forgetDevice", told(await signIn(userNamed(username))));
});
