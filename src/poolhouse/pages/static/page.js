// What makes forms kinder where scripts run. Nothing depends on it.

for (const button of document.querySelectorAll("button[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  const texts = [button.textContent, button.dataset.hide];
  button.hidden = false;
  button.addEventListener("click", () => {
    const revealed = input.type === "password";
    input.type = revealed ? "text" : "password";
    button.textContent = texts[Number(revealed)];
    button.setAttribute("aria-pressed", String(revealed));
    input.focus();
  });
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

// A second press of a button must not send a form twice; one that a script holds back is not sent yet.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
