// Drives the second factors of amazon-cognito-identity-js against a running server.
import { AuthenticationDetails, CognitoUserAttribute } from "amazon-cognito-identity-js";
import { ask, done, promised, run, settings, userNamed } from "./common.mjs";

const { username, password, phone } = settings;
let secret;

// Signs in, answering whatever is asked; tells the session, and which callbacks the library called.
function signIn(choice) {
  const user = userNamed(username);
  return new Promise((resolve, reject) => {
    const asked = [];
    const callbacks = {
      onSuccess: (session) => resolve({ user, session, asked }),
      onFailure: reject,
      mfaSetup: (name, parameters) => {
        asked.push([name, JSON.parse(parameters.MFAS_CAN_SETUP)]);
        user.associateSoftwareToken(callbacks);
      },
      associateSecretCode: async (code) => {
        secret = code;
        user.verifySoftwareToken(await ask({ app: secret }), "My phone", callbacks);
      },
      selectMFAType: (name, parameters) => {
        asked.push([name, JSON.parse(parameters.MFAS_CAN_CHOOSE)]);
        user.sendMFASelectionAnswer(choice, callbacks);
      },
      totpRequired: async (name, parameters) => {
        asked.push([name, parameters.FRIENDLY_DEVICE_NAME]);
        user.sendMFACode(await ask({ app: secret }), callbacks, "SOFTWARE_TOKEN_MFA");
      },
      mfaRequired: async (name, parameters) => {
        asked.push([name, parameters.CODE_DELIVERY_DESTINATION]);
        user.sendMFACode(await ask({ text: phone }), callbacks, "SMS_MFA");
      },
    };
    user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), callbacks);
  });
}
const mfaOf = async (user) => {
  const [data] = await promised((back) => user.getUserData(back, { bypassCache: true }));
  return [data.UserMFASettingList, data.PreferredMfaSetting ?? null];
};

run(async () => {
  const first = await signIn();
  done("set up while signing in", { asked: first.asked, mfa: await mfaOf(first.user) });
  const second = await signIn();
  done("by app", second.asked);

  const { user } = second;
  await promised((back) =>
    user.updateAttributes([new CognitoUserAttribute({ Name: "phone_number", Value: phone })], back),
  );
  await promised((back) => user.setUserMfaPreference({ Enabled: true, PreferredMfa: false }, { Enabled: true }, back));
  done("both are on", await mfaOf(user));
  done("SMS chosen", (await signIn("SMS_MFA")).asked);
  const fourth = await signIn("SOFTWARE_TOKEN_MFA");
  done("app chosen", fourth.asked);
  await promised((back) => fourth.user.setUserMfaPreference({ Enabled: true, PreferredMfa: true }, null, back));
  done("SMS preferred", await mfaOf(fourth.user));
  done("by SMS", (await signIn()).asked);
  const [options] = await promised((back) => fourth.user.getMFAOptions(back));
  done("getMFAOptions", options);

  await new Promise((onSuccess, onFailure) =>
    fourth.user.associateSoftwareToken({
      onFailure,
      associateSecretCode: async (code) =>
        fourth.user.verifySoftwareToken(await ask({ app: code }), "New phone", { onSuccess, onFailure }),
    }),
  );
  done("a new app", "SUCCESS");
});
