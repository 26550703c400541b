// The tables of the plans: an item's form in a dialog, and files that are brought in after a look at what would change.
Street && document.querySelector("#tables") && (() => {
  const { $, $$, t, make, ask, form, fill, read, send, remove, sure } = Street;
  const holder = $("#tables"), dialog = $("#editing");
  if (!dialog) return;
  const base = holder.dataset.version;
  let editing = null;
  const open = (kind, item) => {
    for (const other of $$("[data-form]")) other.hidden = true;
    fill(kind, item).hidden = false;
    editing = { kind, item };
    dialog.showModal();
  };
  // Somebody was first: what they did is shown, and the form stays as it was typed until the page is loaded again.
  const again = () => location.reload();
  for (const button of $$("[data-new]")) button.addEventListener("click", () => open(button.dataset.new, null));
  for (const button of $$("[data-edit]")) button.addEventListener("click", () => open(button.dataset.edit, JSON.parse(button.closest("[data-item]").dataset.item)));
  for (const shown of $$("[data-form]", dialog)) {
    const kind = shown.dataset.form;
    shown.addEventListener("submit", async event => {
      event.preventDefault();
      if (await send(kind, base, editing.item?.id, { ...read(kind), geometry: editing.item?.geometry ?? [] }, async () => setTimeout(again, 3000))) again();
    });
    $("[data-cancel]", shown).addEventListener("click", () => dialog.close());
    $("[data-delete]", shown).addEventListener("click", async () => {
      if (editing.item && await sure(editing.item.fields.name || editing.item.id) && await remove(kind, base, editing.item.id, async () => setTimeout(again, 3000))) again();
    });
  }

  const importing = $("#import-form"), preview = $("#preview"), apply = $("#import-apply"), file = $("#import-file"), kind = $("#import-kind");
  let seen = null;
  const forget = () => { seen = null; apply.disabled = true; preview.replaceChildren(); };
  file.addEventListener("change", forget);
  kind.addEventListener("change", forget);
  const wrong = (problems, detail) => preview.replaceChildren(make("p", { class: "wrong" }, t("edit.failed", detail ?? "")),
    make("ul", {}, ...(problems ?? []).slice(0, 100).map(problem => make("li", { class: "wrong" }, [problem.field, problem.reason].filter(Boolean).join(": ")))));
  importing.addEventListener("submit", async event => {
    event.preventDefault();
    delete importing.dataset.sent;
    forget();
    const chosen = file.files[0];
    if (!chosen) { preview.textContent = t("edit.import-none"); return; }
    const text = await chosen.text(), of = kind.value;
    const { ok, json } = await ask(`/api/v1/plans/${of}/import`, "POST", { name: chosen.name, text });
    if (!ok) { wrong(json.problems, json.detail); return; }
    const ids = (words, list) => list.length ? [make("p", {}, make("strong", {}, words)), make("p", { class: "code ids" }, list.slice(0, 200).join("  "), list.length > 200 ? " …" : "")] : [];
    preview.replaceChildren(...ids(t("edit.import-added", json.added.length), json.added), ...ids(t("edit.import-changed", json.changed.length), json.changed), make("p", { class: "soft" }, t("edit.import-same", json.same)));
    if (!json.added.length && !json.changed.length) preview.append(make("p", {}, t("edit.import-nothing")));
    if (json.remarks.length) preview.append(make("p", { class: "soft" }, t("edit.import-remarks")), make("ul", {}, ...json.remarks.map(remark => make("li", { class: "soft small" }, remark))));
    seen = { of, base: json.base, name: chosen.name, text };
    apply.disabled = !json.added.length && !json.changed.length;
  });
  apply.addEventListener("click", async () => {
    if (!seen) return;
    apply.disabled = true;
    const { ok, status, json } = await ask(`/api/v1/plans/${seen.of}/import`, "POST", { name: seen.name, text: seen.text, base: seen.base });
    if (ok) location.href = `/plans?kind=${seen.of}`;
    else if (status === 409) { forget(); preview.textContent = t("edit.changed"); }
    else wrong(json.problems, json.detail);
  });
})();
