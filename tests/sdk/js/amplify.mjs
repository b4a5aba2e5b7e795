// Drives Amplify's JavaScript library against a running server. usage: node amplify.mjs <file of JSON settings>
import { Amplify } from "aws-amplify";
import {
  confirmSignUp,
  confirmUserAttribute,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
  updateUserAttributes,
} from "aws-amplify/auth";
import { ask, done, run, settings } from "./common.mjs";

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.poolId,
      userPoolClientId: settings.clientId,
      userPoolEndpoint: settings.endpoint,
    },
  },
});

async function main() {
  const { username, password, email, newEmail } = settings;
  done("signUp", await signUp({ username, password, options: { userAttributes: { email } } }));
  const confirmationCode = await ask({ mailTo: email });
  done("confirmSignUp", await confirmSignUp({ username, confirmationCode }));
  try {
    await signIn({ username, password: "Wrong-Horse-7-Battery" });
  } catch (error) {
    done("signIn, wrong password", { name: error.name, message: error.message });
  }
  done("signIn", await signIn({ username, password }));
  done("getCurrentUser", (await getCurrentUser()).username);
  done(
    "updateUserAttributes",
    await updateUserAttributes({
      userAttributes: { name: "Sue Miller", email: newEmail },
      options: { clientMetadata: { lang: "en" } },
    }),
  );
  done("fetchUserAttributes, pending", await fetchUserAttributes());
  const code = await ask({ mailTo: newEmail });
  await confirmUserAttribute({ userAttributeKey: "email", confirmationCode: code });
  done("fetchUserAttributes", await fetchUserAttributes());
  const before = (await fetchAuthSession()).tokens.accessToken.toString();
  const after = (await fetchAuthSession({ forceRefresh: true })).tokens.accessToken.toString();
  done("refresh", { differs: before !== after });
  await signOut({ global: true });
  done("signOut", { signedIn: (await fetchAuthSession()).tokens !== undefined });
}

run(main);
