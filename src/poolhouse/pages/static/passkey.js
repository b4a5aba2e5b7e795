// Fills the hidden field of a passkey's form with what the browser's authenticator answers, then sends the form.
const place = document.querySelector("[data-passkey]");
const form = place.form;
const problem = document.getElementById("passkey-problem");
let sent = false;

async function ask() {
  const options = JSON.parse(place.dataset.options);
  if (place.dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

form.addEventListener("submit", async (event) => {
  if (sent || event.submitter?.name === "other") return;
  event.preventDefault();
  problem.hidden = true;
  try {
    place.value = JSON.stringify((await ask()).toJSON());
  } catch (error) {
    problem.hidden = false;
    problem.focus();
    return;
  }
  sent = true;
  form.requestSubmit();
});
