// Drives amazon-cognito-identity-js against a running server.
// Prints one JSON object: what each step answered. The Python test beside it makes the pool, reads the mails and judges.
import { CognitoRefreshToken, CognitoUserAttribute } from "amazon-cognito-identity-js";
import { ask, browser, called, done, promised, run, settings, signIn } from "./common.mjs";

const { pool, userNamed } = browser();
const attribute = (Name, Value) => new CognitoUserAttribute({ Name, Value });

async function main() {
  const { username, password, email, newEmail } = settings;
  const [signedUp] = await promised((back) =>
    pool.signUp(username, password, [attribute("email", email), attribute("nickname", "Nick")], null, back),
  );
  done("signUp", { confirmed: signedUp.userConfirmed, sub: signedUp.userSub, delivery: signedUp.codeDeliveryDetails });
  const user = userNamed(username);
  try {
    await promised((back) => user.confirmRegistration("000000", true, back));
  } catch (error) {
    done("confirmRegistration, wrong code", { code: error.code ?? error.name, message: error.message });
  }
  const signUpCode = await ask({ mailTo: email });
  await promised((back) => user.confirmRegistration(signUpCode, true, back));
  done("confirmRegistration", "SUCCESS");

  try {
    await signIn(userNamed(username), username, "Wrong-Horse-7-Battery");
  } catch (error) {
    done("authenticateUser, wrong password", { code: error.code ?? error.name, message: error.message });
  }
  const session = await signIn(user, username, password);
  done("authenticateUser", {
    scope: session.getAccessToken().decodePayload().scope,
    username: session.getIdToken().decodePayload()["cognito:username"],
  });

  const changed = await promised((back) =>
    user.updateAttributes(
      [attribute("name", "Nick Miller"), attribute("nickname", ""), attribute("email", newEmail)],
      back,
      { lang: "en" },
    ),
  );
  done("updateAttributes", { result: changed[0], details: changed[1]?.CodeDeliveryDetailsList });
  const code = await ask({ mailTo: newEmail });
  await called((back) => user.verifyAttribute("email", code, back));
  done("verifyAttribute", "SUCCESS");
  const [attributes] = await promised((back) => user.getUserAttributes(back));
  done("getUserAttributes", Object.fromEntries(attributes.map((a) => [a.getName(), a.getValue()])));
  await promised((back) => user.deleteAttributes(["name"], back));
  await promised((back) => user.changePassword(password, settings.newPassword, back));
  done("changePassword", "SUCCESS");

  const refresh = new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() });
  const [refreshed] = await promised((back) => user.refreshSession(refresh, back));
  done("refreshSession", { differs: refreshed.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken() });

  await called((back) => user.globalSignOut(back));
  done("globalSignOut", "SUCCESS");
  const again = userNamed(username);
  await signIn(again, username, settings.newPassword);
  await promised((back) => again.deleteUser(back));
  done("deleteUser", "SUCCESS");
}

run(main);
