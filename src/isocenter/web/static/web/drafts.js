// What a person types into a form is kept in the tab until it is taken, for a session may end before it is sent.
"use strict";

const KEPT = "draft ";
const person = document.body.dataset.person;

function keptDrafts() {
  return Object.keys(sessionStorage)
    .filter((key) => key.startsWith(KEPT))
    .map((key) => [key, JSON.parse(sessionStorage.getItem(key))]);
}

const forget = (key) => sessionStorage.removeItem(key);
const keep = (key, draft) => sessionStorage.setItem(key, JSON.stringify(draft));

// Hidden fields tell which review and lines a form is about: its draft fits no other.
const hiddenOf = (form) =>
  [...form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken])")].map((one) => one.value);
const keyOf = (form) => `${KEPT}${new URL(form.action).pathname}`;
const fieldsOf = (form) => [...form.querySelectorAll("input:not([type=hidden]), textarea, select")];
const isTicked = (field) => field.matches("[type=checkbox], [type=radio]");

function draftOf(form, isSent) {
  const values = fieldsOf(form).map((field) => (isTicked(field) ? field.checked : field.value));
  return { person, isSent, hidden: hiddenOf(form), values };
}

function fillIn(form, draft) {
  const fields = fieldsOf(form);
  if (fields.length !== draft.values.length || hiddenOf(form).join("\n") !== draft.hidden.join("\n")) return;
  const before = JSON.stringify(draftOf(form, false).values);
  if (before === JSON.stringify(draft.values)) return;
  fields.forEach((field, index) => {
    if (isTicked(field)) field.checked = draft.values[index];
    else field.value = draft.values[index];
  });
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.textContent = "What you had typed and not sent is filled in again. ";
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Clear it";
  clear.addEventListener("click", () => {
    forget(keyOf(form));
    form.reset();
    said.remove();
  });
  said.append(clear);
  form.prepend(said);
}

function begin() {
  const [arrived] = performance.getEntriesByType("navigation");
  const forms = [...document.querySelectorAll("form[data-draft]")];
  const isRequest = document.querySelector("[data-request]") !== null;
  for (const [key, draft] of keptDrafts()) {
    if (person && draft.person !== person) forget(key);
    else if (draft.isSent && document.querySelector("[data-not-taken]")) keep(key, { ...draft, isSent: false });
    else if (draft.isSent && isRequest && arrived.type === "navigate") forget(key);
    else if (isRequest) forms.filter((form) => keyOf(form) === key).forEach((form) => fillIn(form, draft));
  }
  for (const form of forms) {
    for (const kind of ["input", "change"]) form.addEventListener(kind, () => keep(keyOf(form), draftOf(form, false)));
    form.addEventListener("submit", () => keep(keyOf(form), draftOf(form, true)));
  }
  document.querySelector("[data-sign-out]")?.addEventListener("submit", () => {
    keptDrafts().forEach(([key]) => forget(key));
  });
}

begin();
