// Fills the hidden field of a passkey's form with what the browser's authenticator answers, then sends the form.
const place = document.querySelector("[data-passkey]");
const problem = document.getElementById("passkey-problem");

async function ask() {
  const options = JSON.parse(place.dataset.options);
  if (place.dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey });
}

place.form.addEventListener("submit", async (event) => {
  if (event.submitter?.name === "other") return;
  event.preventDefault();
  problem.hidden = true;
  try {
    place.value = JSON.stringify((await ask()).toJSON());
  } catch {
    problem.hidden = false;
    problem.focus();
    delete place.form.dataset.sent; // page.js lets a form go once
    return;
  }
  place.form.submit();
});
