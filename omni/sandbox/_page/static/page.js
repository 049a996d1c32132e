// Fetches the page again each second, and shows what changed: nothing else here needs a script.
const parser = new DOMParser();
let shown = document.querySelector("main").innerHTML;

async function refresh() {
  const main = document.querySelector("main");
  const focused = document.activeElement;
  const isBusy = main.contains(focused) && ["INPUT", "SELECT", "TEXTAREA"].includes(focused.tagName);
  if (document.hidden || isBusy || !document.getSelection().isCollapsed) return;
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const fetched = parser.parseFromString(await response.text(), "text/html").querySelector("main");
  if (fetched.innerHTML === shown) return;
  shown = fetched.innerHTML;
  const open = new Set([...main.querySelectorAll("details[open]")].map((each) => each.id));
  for (const each of fetched.querySelectorAll("details")) each.open = open.has(each.id);
  const id = focused.id;
  main.replaceChildren(...fetched.childNodes);
  if (id && id !== "content") document.getElementById(id)?.focus();
}

if (!document.querySelector("main[data-fixed]")) setInterval(() => refresh().catch(() => {}), 1000); // the sandbox may have ended
