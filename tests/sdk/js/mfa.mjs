// Drives the second factors of amazon-cognito-identity-js against a running server.
import { CognitoUserAttribute } from "amazon-cognito-identity-js";
import { ask, browser, called, done, promised, run, settings, signIn } from "./common.mjs";

const { username, password, phone } = settings;
const { userNamed } = browser();
let secret;

// Signs in, answering whatever is asked; tells what the library was asked.
async function signedIn(choice) {
  const user = userNamed(username);
  const asked = [];
  await signIn(user, username, password, (callbacks) => ({
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
  }));
  return { user, asked };
}
const mfaOf = async (user) => {
  const [data] = await promised((back) => user.getUserData(back, { bypassCache: true }));
  return [data.UserMFASettingList, data.PreferredMfaSetting ?? null];
};

run(async () => {
  const first = await signedIn();
  done("set up while signing in", { asked: first.asked, mfa: await mfaOf(first.user) });
  const second = await signedIn();
  done("by app", second.asked);

  const { user } = second;
  await promised((back) =>
    user.updateAttributes([new CognitoUserAttribute({ Name: "phone_number", Value: phone })], back),
  );
  await promised((back) => user.setUserMfaPreference({ Enabled: true, PreferredMfa: false }, { Enabled: true }, back));
  done("both are on", await mfaOf(user));
  done("SMS chosen", (await signedIn("SMS_MFA")).asked);
  const fourth = await signedIn("SOFTWARE_TOKEN_MFA");
  done("app chosen", fourth.asked);
  await promised((back) => fourth.user.setUserMfaPreference({ Enabled: true, PreferredMfa: true }, null, back));
  done("SMS preferred", await mfaOf(fourth.user));
  done("by SMS", (await signedIn()).asked);
  const [options] = await promised((back) => fourth.user.getMFAOptions(back));
  done("getMFAOptions", options);

  await called((back) =>
    fourth.user.associateSoftwareToken({
      ...back,
      associateSecretCode: async (code) =>
        fourth.user.verifySoftwareToken(await ask({ app: code }), "New phone", back),
    }),
  );
  done("a new app", "SUCCESS");
});
