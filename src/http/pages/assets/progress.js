// SPDX-License-Identifier: EUPL-1.2
// Looks every second at how far the report is and shows what the server says of it, until it is over. Without scripts the page
// has a link that does the same.
"use strict";

const PAUSE_MS = 1000;

/** Shows a piece of the page as the server now tells it; untouched when nothing changed, so that it is not read out again. */
function renew(id, fresh) {
  const [shown, told] = [document.getElementById(id), fresh.getElementById(id)];
  if (told && shown.outerHTML !== told.outerHTML) {
    // The region that is read out stays the same element; only its text changes.
    shown.replaceChildren(...told.childNodes);
    shown.toggleAttribute("data-open", told.hasAttribute("data-open"));
  }
}

async function look() {
  const report = document.getElementById("report");
  const had = report.contains(document.activeElement) ? document.activeElement.textContent : null;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected) {
      location.reload();
      return;
    }
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    renew("report", fresh);
    renew("state", fresh);
  } catch {
    // It may come back: the next look tells.
    document.getElementById("state").textContent = "Il servizio non risponde: la pagina riprova da sola.";
  }
  if (had !== null && !report.contains(document.activeElement)) {
    const same = [...report.querySelectorAll("a, button")].find((one) => one.textContent === had);
    (same ?? report.querySelector("a") ?? document.getElementById("main")).focus();
  }
  if (report.hasAttribute("data-open")) {
    setTimeout(look, PAUSE_MS);
  }
}

setTimeout(look, PAUSE_MS);
