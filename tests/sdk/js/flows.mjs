// Drives the ways to sign in of amazon-cognito-identity-js that the other scripts leave, against a running server.
import { AuthenticationDetails } from "amazon-cognito-identity-js";
import { ask, browser, called, done, promised, run, settings, signIn } from "./common.mjs";

const { username, password, temporary, newPassword, email } = settings;
const { userNamed } = browser();
const claimsOf = (session) => session.getIdToken().decodePayload();

// Solves riddles: `answers` one after the other.
function solving(user, answers, asked) {
  return (callbacks) => ({
    customChallenge: (parameters) => {
      asked.push(parameters.riddle);
      user.sendCustomChallengeAnswer(answers.shift(), callbacks);
    },
  });
}

run(async () => {
  const invited = userNamed(username);
  const wanted = [];
  const first = await signIn(invited, username, temporary, (callbacks) => ({
    newPasswordRequired: (attributes, required) => {
      wanted.push(attributes.email, required);
      invited.completeNewPasswordChallenge(password, { name: "Jane" }, callbacks);
    },
  }));
  done("completeNewPasswordChallenge", { wanted, name: claimsOf(first).name });

  const plain = userNamed(username);
  plain.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  done("USER_PASSWORD_AUTH", claimsOf(await signIn(plain, username, password))["cognito:groups"]);
  const [kept] = await promised((back) => plain.getSession(back));
  done("getSession", { valid: kept.isValid(), groups: claimsOf(kept)["cognito:groups"] });

  for (const [name, answers] of [["right at once", ["mountain"]], ["right at last", ["sea", "tree", "mountain"]]]) {
    const user = userNamed(username);
    user.setAuthenticationFlowType("CUSTOM_AUTH");
    const asked = [];
    const session = await called((callbacks) => {
      Object.assign(callbacks, solving(user, answers, asked)(callbacks));
      user.initiateAuth(new AuthenticationDetails({ Username: username }), callbacks);
    });
    done(`CUSTOM_AUTH, ${name}`, { asked, name: claimsOf(session)["cognito:username"] });
  }
  const both = userNamed(username);
  both.setAuthenticationFlowType("CUSTOM_AUTH");
  const asked = [];
  await signIn(both, username, password, solving(both, ["mountain"], asked));
  done("CUSTOM_AUTH with SRP", asked);
  const wrong = userNamed(username);
  wrong.setAuthenticationFlowType("CUSTOM_AUTH");
  try {
    await signIn(wrong, username, password, solving(wrong, ["a", "b", "c"], []));
  } catch (error) {
    done("CUSTOM_AUTH, wrong", { code: error.code ?? error.name, message: error.message });
  }

  const forgetful = userNamed(username);
  const delivery = await called((back) =>
    forgetful.forgotPassword({ ...back, inputVerificationCode: ({ CodeDeliveryDetails }) => back.onSuccess(CodeDeliveryDetails) }),
  );
  done("forgotPassword", delivery);
  const code = await ask({ mailTo: email });
  await called((back) => forgetful.confirmPassword(code, newPassword, back));
  done("confirmPassword", claimsOf(await signIn(forgetful, username, newPassword))["cognito:username"]);
});
