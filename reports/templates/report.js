"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("has-js");
  const byId = (id) => document.getElementById(id);

  // A link into a folded part unfolds it on the way, and clears filters that hide it.
  const reveal = () => {
    const target = location.hash.length > 1 ? byId(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    if (target.closest("[hidden]") && form) { form.reset(); filter(); }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.tagName === "DETAILS") target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  };

  const form = document.querySelector("form.filter");
  const fields = form && { text: byId("f-text"), standing: byId("f-standing"), subject: byId("f-subject"), level: byId("f-level") };
  const groups = [...document.querySelectorAll(".group")].map((node) => ({
    node,
    clauses: [...node.querySelectorAll(".clause")].map((item) => ({ node: item, text: null })),
  }));
  const total = groups.reduce((sum, group) => sum + group.clauses.length, 0);

  const filter = () => {
    const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const folder = fields.subject.value;
    for (const group of groups) {
      let left = 0;
      const subject = !folder || `${group.node.dataset.s}/`.startsWith(`${folder}/`);
      for (const clause of group.clauses) {
        const data = clause.node.dataset;
        let fits = subject && (!fields.standing.value || data.v === fields.standing.value)
          && (!fields.level.value || data.l === fields.level.value);
        if (fits && words.length) {
          clause.text ??= clause.node.textContent.toLowerCase();
          fits = words.every((word) => clause.text.includes(word));
        }
        clause.node.hidden = !fits;
        if (fits) left += 1;
      }
      group.node.hidden = left === 0;
      shown += left;
    }
    byId("shown").textContent = shown === total ? String(total) : `${shown} of ${total}`;
    byId("nothing").hidden = shown > 0;
  };

  if (form) {
    let waiting = 0;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const link of document.querySelectorAll("a[data-standing]")) {
      link.addEventListener("click", () => {
        form.reset();
        if ([...fields.standing.options].some((option) => option.value === link.dataset.standing)) {
          fields.standing.value = link.dataset.standing;
        }
        setTimeout(filter);
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) {
        event.preventDefault();
        fields.text.focus();
      }
    });
  }

  const copy = async (text, code) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(code);
      return document.execCommand("copy");
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const code = button.previousElementSibling;
    button.textContent = (await copy(code.textContent, code)) ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  reveal();
})();
