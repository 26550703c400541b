// What the pages do besides being read: keys, live counts, claims. Everything works without it, only slower.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const page = document.body.dataset.page;
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  const show = (node, yes) => { if (node) node.hidden = !yes; };
  const typing = target => target instanceof HTMLElement && target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

  // One of a family of menus is open at a time, and Escape closes it.
  document.addEventListener("click", event => {
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  const closeMenus = () => { const open = $$("details.menu[open]"); for (const menu of open) { menu.open = false; $("summary", menu).focus(); } return open.length > 0; };

  // A form pressed twice is sent once.
  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => delete form.dataset.sent));

  for (const field of $$("[data-select]")) field.addEventListener("focus", () => field.select());
  for (const field of $$("[data-submit]")) field.addEventListener("change", () => field.form.requestSubmit());

  const help = $("#help");
  for (const button of $$("[data-help]")) button.addEventListener("click", () => help.showModal());
  for (const opener of $$("[data-open]")) opener.addEventListener("click", () => $(opener.dataset.open).showModal());
  for (const closer of $$("[data-close]")) closer.addEventListener("click", () => closer.closest("dialog").close());

  // Rows of the queue: j and k move, x selects, o opens.
  const rows = () => $$("[data-row]").filter(row => row.offsetParent);
  const here = () => rows().findIndex(row => row.contains(document.activeElement));
  const go = step => {
    const all = rows(), at = here();
    const row = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    if (row) { ($("[data-main]", row) ?? row).focus(); row.scrollIntoView({ block: "nearest" }); }
  };
  const boxes = () => $$("[data-pick]");
  const counted = () => {
    const n = boxes().filter(box => box.checked).length;
    const bar = $("#bulk");
    if (bar) { show(bar, n > 0); const count = $("#bulk-count"); count.textContent = bar.dataset.words.replace("{0}", n); }
    for (const row of rows()) row.classList.toggle("picked", !!$("[data-pick]", row)?.checked);
  };
  document.addEventListener("change", event => { if (event.target.matches("[data-pick]")) counted(); });
  counted();

  // Pictures: with marks or without, and large.
  const unmark = () => {
    const stage = $("#stills");
    if (!stage) return;
    const plain = stage.classList.toggle("plain");
    for (const picture of $$("img[data-plain]", stage)) picture.src = plain ? picture.dataset.plain : picture.dataset.marked;
    $("#marks")?.setAttribute("aria-pressed", String(!plain));
  };
  $("#marks")?.addEventListener("click", unmark);
  const large = $("#large");
  for (const link of $$("[data-large]")) link.addEventListener("click", event => {
    if (!large || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    $("img", large).src = $("img", link).src;
    $("img", large).alt = $("img", link).alt;
    large.showModal();
  });
  large?.addEventListener("click", () => large.close());
  for (const tab of $$("[data-tab]")) tab.addEventListener("click", () => {
    for (const other of $$("[data-tab]")) { other.setAttribute("aria-selected", String(other === tab)); show($(other.dataset.tab), other === tab); }
  });

  // Keys. A menu that is open takes its own keys first (the reasons of a rejection).
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { if (!closeMenus() && typing(event.target)) event.target.blur(); return; }
    if (typing(event.target) || $("dialog[open]")) return;
    const menu = $("details.menu[open]");
    const own = menu && $(`[data-key="${CSS.escape(event.key)}"]`, $(".sheet", menu));
    if (own) { event.preventDefault(); own.click(); return; }
    const does = { j: () => page === "queue" ? go(1) : $("[data-next]")?.click(), k: () => page === "queue" ? go(-1) : $("[data-previous]")?.click() };
    if (page === "queue") {
      does.x = () => { const row = rows()[here()]; if (row) $("[data-pick]", row)?.click(); };
      does.o = () => { const row = rows()[here()]; if (row) $("[data-main]", row)?.click(); };
    }
    does.v = unmark;
    does["/"] = () => { const search = $("#search"); if (search) { search.focus(); search.select(); } else location.href = "/queue#search"; };
    does["?"] = () => help?.showModal();
    does.q = () => { if (page !== "queue") location.href = $("[data-back]")?.href ?? "/queue"; };
    const action = does[event.key];
    const button = action ? null : $$(`[data-key="${CSS.escape(event.key)}"]`).find(node => !node.closest(".sheet") && !node.disabled && node.offsetParent);
    if (!action && !button) return;
    event.preventDefault();
    if (action) action();
    else if (button.matches("summary")) { button.parentElement.open = !button.parentElement.open; if (button.parentElement.open) $("button, input", button.nextElementSibling)?.focus({ focusVisible: true }); }
    else button.click();
  });
  if (page === "queue" && location.hash === "#search") $("#search")?.focus();

  // Live: counts change, the list stays; what is new waits behind a button.
  if (page !== "login" && page !== "welcome" && page !== "refusal" && help) {
    const since = $("[data-since]")?.dataset.since ?? "";
    const query = new URLSearchParams(page === "queue" ? location.search : "");
    if (since) query.set("since", since);
    let source, down = 0;
    const listen = () => {
      source = new EventSource(`/events?${query}`);
      source.onopen = () => { clearTimeout(down); show($("#lost"), false); };
      source.onerror = () => { clearTimeout(down); down = setTimeout(() => show($("#lost"), true), 5000); };
      source.addEventListener("state", event => {
        const state = JSON.parse(event.data);
        for (const node of $$("[data-live]")) if (state.words?.[node.dataset.live] !== undefined) node.textContent = state.words[node.dataset.live];
        const outbox = $("#outbox");
        if (outbox) { outbox.textContent = outbox.dataset.words.replace("{0}", state.outbox); show(outbox, state.outbox > 0); }
        const fresh = $("#fresh");
        if (fresh) { fresh.textContent = fresh.dataset.words.replace("{0}", state.new); show(fresh, state.new > 0); }
      });
    };
    // A browser has few connections for one server: pages that nobody sees give theirs back.
    const unheard = () => { clearTimeout(down); source?.close(); };
    document.addEventListener("visibilitychange", () => { unheard(); if (!document.hidden) listen(); });
    window.addEventListener("pagehide", unheard);
    window.addEventListener("pageshow", event => { if (event.persisted) listen(); });
    if (!document.hidden) listen();
  }

  // A candidate that is open is claimed; the claim is renewed while the page is looked at, and let go with it.
  const claim = $("[data-claim]");
  if (claim) {
    const send = what => fetch(claim.dataset.claim, {
      method: "POST", credentials: "same-origin", redirect: "manual",
      headers: { "content-type": "application/x-www-form-urlencoded", "x-csrf-token": csrf }, body: `do=${what}`,
    }).catch(() => undefined);
    setInterval(() => { if (!document.hidden) send("renew"); }, 40000);
    // A logout lets go of everything itself.
    let out = false;
    $("#logout")?.form.addEventListener("submit", () => { out = true; });
    window.addEventListener("pagehide", () => out || navigator.sendBeacon(claim.dataset.claim, new URLSearchParams({ csrf, do: "release" })));
  }
})();
