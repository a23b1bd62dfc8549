// Keys, dropped files and the queue's cursor: everything also works without this file.
"use strict";

const isTyping = (target) => target.closest("input, select, textarea, canvas") !== null;

function moveCursor(step) {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  rows[now]?.classList.remove("here");
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  next.classList.add("here");
  next.querySelector("a").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "j" || event.key === "k") {
    moveCursor(event.key === "j" ? 1 : -1);
  } else {
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!wanted) return;
    if (wanted.matches("input")) wanted.focus();
    else wanted.click();
  }
  event.preventDefault();
});

// The paths of a folder's files travel beside the files: a browser sends their last names alone.
function show(form, files) {
  form.querySelectorAll("input[name=paths]").forEach((one) => one.remove());
  for (const { path } of files) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "paths";
    input.value = path;
    form.append(input);
  }
  const list = form.querySelector("[data-chosen]");
  const named = files.slice(0, 12).map(({ path }) => {
    const item = document.createElement("li");
    item.textContent = path;
    return item;
  });
  if (files.length > 12) {
    const item = document.createElement("li");
    item.textContent = `and ${files.length - 12} more`;
    named.push(item);
  }
  list.replaceChildren(...named);
}

function choose(form, files) {
  const chosen = new DataTransfer();
  files.forEach(({ file }) => chosen.items.add(file));
  form.querySelector("input[name=files]").files = chosen.files;
  show(form, files);
}

const withPaths = (list) => [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

async function entriesOf(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: path + file.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(...(await entriesOf(one, `${path}${entry.name}/`)));
  }
}

for (const place of document.querySelectorAll("[data-drop]")) {
  const form = place.closest("form");
  const files = place.querySelector("input[name=files]");
  const folder = place.querySelector("[data-folder]");
  files.addEventListener("change", () => show(form, withPaths(files.files)));
  folder.addEventListener("change", () => choose(form, withPaths(folder.files)));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
    });
  }
  place.addEventListener("drop", async (event) => {
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    const found = [];
    for (const entry of entries) found.push(...(await entriesOf(entry, "")));
    choose(form, found);
  });
}

// Deciding the course decides its lines; what is then changed by hand stays.
for (const form of document.querySelectorAll("[data-decide]")) {
  const asRecommended = [...form.querySelectorAll("select[name=line_decision]")].map((one) => [one, one.value]);
  const wanted = { approve: () => "pay", deny: () => "deny", partly: (recommended) => recommended };
  for (const choice of form.querySelectorAll("input[name=decision]")) {
    choice.addEventListener("change", () => {
      for (const [select, recommended] of asRecommended) select.value = wanted[choice.value](recommended);
    });
  }
}

// The saved view keeps what the address says now.
document.body.addEventListener("htmx:pushedIntoHistory", () => {
  const kept = document.querySelector("[data-query]");
  if (kept) kept.value = location.search.slice(1);
});

for (const button of document.querySelectorAll(".unless-script")) button.hidden = true;
