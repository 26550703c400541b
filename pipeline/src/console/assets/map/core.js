// The map and the plans: words, requests, times in the city's zone, forms of plans.
"use strict";
const Street = (() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const holder = $("#ground") ?? $("#tables");
  if (!holder) return null;
  const catalogue = JSON.parse(holder.dataset.words), setup = JSON.parse(holder.dataset.setup);
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  /// The words of a key, its holes filled.
  const t = (key, ...values) => values.reduce((text, value, n) => text.replace(`{${n}}`, value), catalogue[key] ?? key);
  /// The words of a group's word, or the word.
  const of = (group, word) => catalogue[`${group}.${word}`] ?? word ?? "";
  /// An element with attributes and children; text is text, never markup.
  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (key === "onclick") made.addEventListener("click", value);
      else if (key === "class") made.className = value;
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
  };
  const ask = async (path, method = "GET", body) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    if (method !== "GET") headers["x-csrf-token"] = csrf;
    const answer = await fetch(path, { method, headers, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
    const json = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, json };
  };

  // Times are the city's, wherever the reader sits.
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: setup.zone ?? "UTC", hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const split = at => Object.fromEntries(parts.formatToParts(new Date(at)).map(part => [part.type, part.value]));
  const day = at => { const p = split(at); return `${p.year}-${p.month}-${p.day}`; };
  const clock = (at, seconds = true) => { const p = split(at); return `${p.hour}:${p.minute}${seconds ? `:${p.second}` : ""}`; };
  const moment = at => `${day(at)} ${clock(at)}`;
  const offset = at => { const p = split(at); return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(at / 1000) * 1000; };
  /// The first moment of a day of the city.
  const midnight = text => {
    const [year, month, date] = text.split("-").map(Number), guess = Date.UTC(year, month - 1, date);
    return guess - offset(guess - offset(guess));
  };
  const span = seconds => {
    const h = Math.floor(seconds / 3600), m = Math.floor(seconds % 3600 / 60), s = Math.floor(seconds % 60);
    return h ? `${h} h ${m} min` : m ? `${m} min${m < 10 && s ? ` ${s} s` : ""}` : `${s} s`;
  };

  // Forms of plans: texts by field, as the files write them.
  const form = kind => $(`[data-form="${kind}"]`);
  const clear = node => { for (const wrong of $$("[data-wrong]", node)) { wrong.hidden = true; wrong.textContent = ""; } for (const field of $$("[aria-invalid]", node)) field.removeAttribute("aria-invalid"); };
  const fill = (kind, item) => {
    const node = form(kind), fields = item?.fields ?? {};
    clear(node);
    for (const field of $$("[data-field]", node)) {
      const key = field.dataset.field, text = key === node.dataset.key ? item?.id ?? "" : fields[key] ?? "";
      field.value = text;
      if (field.matches("select") && field.selectedIndex < 0) field.selectedIndex = 0;
    }
    for (const boxes of $$("[data-boxes]", node)) {
      const chosen = (fields[boxes.dataset.boxes] ?? "").split(";");
      for (const box of $$("input", boxes)) box.checked = chosen.includes(box.value);
    }
    $("[data-title]", node).textContent = item ? `${node.dataset.one}: ${fields.name ?? item.id}` : `${t("edit.new")}: ${node.dataset.one}`;
    $("[data-delete]", node).hidden = !item;
    return node;
  };
  const read = (kind, geometry = []) => {
    const node = form(kind), fields = {};
    let id = "";
    for (const field of $$("[data-field]", node)) if (field.dataset.field === node.dataset.key) id = field.value; else fields[field.dataset.field] = field.value;
    for (const boxes of $$("[data-boxes]", node)) fields[boxes.dataset.boxes] = $$("input:checked", boxes).map(box => box.value).join(";");
    return { id, fields, geometry };
  };
  /// Shows each problem at its field; what has none stands above.
  const blame = (node, problems) => {
    clear(node);
    for (const problem of problems) {
      const place = $(`[data-wrong="${CSS.escape(problem.field)}"]`, node) ?? $('[data-wrong=""]', node);
      const named = place.dataset.wrong === problem.field || !problem.field ? "" : `${of("plan-field", problem.field)}: `;
      place.textContent = [place.textContent, named + problem.reason].filter(Boolean).join(" ");
      place.hidden = false;
      $(`[data-field="${CSS.escape(problem.field)}"]`, node)?.setAttribute("aria-invalid", "true");
    }
    ($('[aria-invalid="true"]', node) ?? $("[data-wrong]:not([hidden])", node))?.scrollIntoView({ block: "nearest" });
  };
  /// Saves or deletes; the new version, or null where it was refused and the form says why. `stale` is called where somebody was first.
  const send = async (kind, base, was, item, stale) => {
    const node = form(kind);
    const { ok, status, json } = await ask(`/api/v1/plans/${kind}`, "PUT", { base, was, item });
    if (ok) return json.version;
    if (status === 409) { blame(node, [{ field: "", reason: t("edit.changed") }]); await stale(); }
    else blame(node, json.problems ?? [{ field: "", reason: t("edit.failed", json.detail ?? status) }]);
    return null;
  };
  const remove = async (kind, base, id, stale) => {
    const node = form(kind), query = new URLSearchParams({ base, id });
    const { ok, status, json } = await ask(`/api/v1/plans/${kind}?${query}`, "DELETE");
    if (ok) return json.version;
    if (status === 409) { blame(node, [{ field: "", reason: t("edit.changed") }]); await stale(); }
    else blame(node, json.problems ?? [{ field: "", reason: t("edit.failed", json.detail ?? status) }]);
    return null;
  };
  /// Asks whether something shall go.
  const sure = name => new Promise(answer => {
    const dialog = $("#delete"), now = $("#delete-now");
    $("#delete-title").textContent = t("edit.delete-sure", name);
    let yes = false;
    const press = () => { yes = true; dialog.close(); };
    now.addEventListener("click", press);
    dialog.addEventListener("close", () => { now.removeEventListener("click", press); answer(yes); }, { once: true });
    dialog.showModal();
  });
  return { $, $$, setup, t, of, make, ask, day, clock, moment, midnight, span, form, fill, read, blame, send, remove, sure };
})();
