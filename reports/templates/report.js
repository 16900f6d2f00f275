(() => {
  const { byId, data, make } = page;
  const ROWS = 200; // drawn at a time
  const marked = (text) => text.split(/‹([^›]*)›/).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
  const css = (standing) => ({ "n/a": "na", "not tried": "untried" })[standing] ?? standing;
  const mark = (standing) => make("i", { class: `g ${css(standing)}` });
  const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const clauseAt = (number) => {
    const [folder, standing, level, statement, file, name, line, since, until, formerly, refs, tokens, cases] = data().clauses[number];
    return {
      number, folder, statement, line, since, until, formerly, refs, tokens, cases,
      subject: data().folders[folder], standing: data().standings[standing], level: data().levels[level],
      id: name ? `${data().files[file]}::${name}` : data().files[file],
    };
  };

  const command = (id) => {
    const quoted = /^[\w@%+=:,./-]+$/.test(id) ? id : `'${id.replaceAll("'", `'"'"'`)}'`;
    return make("div", { class: "cmd" }, make("code", {}, data().repeat + quoted),
      make("button", { type: "button", class: "copy", "aria-label": "Copy the command" }, "Copy"));
  };
  const fact = (name, ...value) => make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
  const inline = (items) => make("ul", { class: "inline" }, ...items.map((item) => make("li", {}, item)));
  const source = ([kind, text, href]) => (href
    ? make("a", { href, rel: "noreferrer noopener", title: kind }, text)
    : make("span", { title: kind }, text));

  const WORDS = { expected: "Expected", observed: "Observed", difference: "Differs", place: "At", message: "Evidence" };
  const FOLDED = { log: "Kernel log", traceback: "Traceback" };
  const evidenceOf = (clause, [verdict, , , name, reason, seen]) => {
    const rows = Object.entries(WORDS).filter(([key]) => seen[key]).map(([key, word]) => {
      const row = fact(word, make("pre", {}, ...marked(seen[key])));
      if (key === "observed") row.className = "observed";
      return row;
    });
    if (reason >= 0) rows.push(fact("Reason", data().texts[reason]));
    const folds = Object.entries(FOLDED).filter(([key]) => seen[key]).map(([key, word]) => make("details", { class: "fold" },
      make("summary", {}, word), make("pre", { class: "scroll", tabindex: "0" }, seen[key])));
    return make("div", { class: "evidence" },
      make("p", {}, make("span", { class: `verdict ${css(data().verdicts[verdict][1])}` }, data().verdicts[verdict][0]), " ", make("code", {}, name || "only case")),
      make("dl", {}, ...rows), ...folds, command(name ? `${clause.id}[${name}]` : clause.id));
  };
  const caseRow = ([verdict, time, used = -1, name = 0, reason = -1, seen = 0]) => {
    const [word, standing] = data().verdicts[verdict];
    const said = make("td", {}, name || "only case");
    if (reason >= 0) said.append(make("small", {}, data().texts[reason]));
    if (standing === "deviates" && seen) {
      said.append(make("small", {}, ...marked(`expected ${seen.expected ?? ""}; observed ${seen.observed ?? ""}`)));
    }
    return make("tr", {}, make("td", {}, mark(standing), word), said,
      make("td", {}, used >= 0 ? data().texts[used] : ""), make("td", {}, time));
  };
  const bodyOf = (clause) => {
    const facts = [fact("Test", make("code", {}, clause.id), clause.line ? `, line ${clause.line}` : "")];
    if (clause.since) facts.push(fact("Since", `Linux ${clause.since}${clause.until ? `, until ${clause.until}` : ""}`));
    facts.push(fact("Sources", inline(clause.refs.map((ref) => source(data().refs[ref])))));
    if (clause.tokens.length) facts.push(fact("Covers", inline(clause.tokens.map((token) => make("code", {}, data().tokens[token])))));
    if (clause.formerly) facts.push(fact("Formerly", make("code", {}, clause.formerly)));
    const loud = clause.cases.filter((item) => item[5] && ["broken", "not tried"].includes(data().verdicts[item[0]][1]));
    const heads = ["Verdict", "Case", "Sockets", "Time"].map((word) => make("th", { scope: "col" }, make("span", { class: "vh" }, word)));
    return make("div", { class: "body" }, make("dl", {}, ...facts), ...loud.map((item) => evidenceOf(clause, item)),
      make("table", { class: "caselist" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...clause.cases.map(caseRow))),
      command(clause.id));
  };
  const drawBody = (node) => {
    if (!node.querySelector(":scope > .body")) node.append(bodyOf(clauseAt(Number(node.id.slice(1)))));
  };
  const rowOf = (number) => {
    const clause = clauseAt(number);
    const level = make("span", clause.level === "disputed" ? { class: "level disputed" } : { class: "level" }, clause.level);
    return make("details", { class: "clause", id: `c${number}` }, make("summary", {},
      mark(clause.standing), make("span", { class: "vh" }, `${data().words[clause.standing]}: `),
      make("span", { class: "st" }, clause.statement),
      make("span", { class: "meta" }, level, clause.cases.length > 1 ? ` · ${counted(clause.cases.length, "case")}` : "")));
  };

  // Draws `numbers` into `place`, ROWS at a time, and at least as far as the clause `until`.
  const drawList = (place, numbers, draw, until = -1) => {
    let next = 0;
    const more = make("button", { type: "button", class: "more" });
    const go = (end) => {
      more.before(...numbers.slice(next, end).map(draw));
      next = Math.max(next, end);
      if (next >= numbers.length) more.remove();
      else more.textContent = `Show ${Math.min(ROWS, numbers.length - next)} of ${numbers.length - next} more`;
    };
    place.append(more);
    go(Math.max(ROWS, numbers.indexOf(until) + 1));
    more.addEventListener("click", () => go(next + ROWS));
    place.drawn = { numbers, go: (number) => go(Math.max(next, numbers.indexOf(number) + 1)) };
  };

  const groups = new Map();
  for (const node of document.querySelectorAll("#folders > .group")) groups.set(node.dataset.s, { node, all: [], hits: null });
  let filled = false;
  const fill = () => {
    if (filled) return;
    filled = true;
    data().clauses.forEach((row, number) => groups.get(data().folders[row[0]]).all.push(number));
  };
  const drawGroup = (group, until) => {
    fill();
    const place = group.node.querySelector(":scope > .rows");
    if (place) { if (until !== undefined) place.drawn.go(until); return; }
    const rows = make("div", { class: "rows" });
    drawList(rows, group.hits ?? group.all, rowOf, until);
    group.node.append(rows);
  };
  const drawLinks = (node) => {
    if (node.querySelector(":scope > ul.clauselinks")) return;
    const list = make("ul", { class: "clauselinks" });
    drawList(list, node.dataset.clauses.split(",").filter(Boolean).map(Number), (number) => {
      const clause = clauseAt(number);
      return make("li", {}, make("a", { href: `#c${number}` }, `${clause.subject}: ${clause.statement}`));
    });
    const more = list.querySelector("button");
    if (more) list.after(more);
    node.append(list);
  };
  const draw = (node) => {
    if (!node.open) return;
    if (node.matches(".group")) drawGroup(groups.get(node.dataset.s));
    else if (node.matches(".list")) drawLinks(node);
    else if (node.matches(".rows > .clause")) drawBody(node);
  };
  document.addEventListener("toggle", (event) => { if (event.target.tagName === "DETAILS") draw(event.target); }, true);

  // The filter: its state stands in the address, so that it can be sent.
  const form = document.querySelector("form.filter");
  const fields = form && { q: byId("f-text"), verdict: byId("f-standing"), subject: byId("f-subject"), level: byId("f-level") };
  const texts = [];
  const textOf = (number) => (texts[number] ??= (() => {
    const clause = clauseAt(number);
    const said = [clause.statement, clause.id, clause.level, clause.formerly || "", clause.subject];
    for (const ref of clause.refs) said.push(data().refs[ref][1]);
    for (const token of clause.tokens) said.push(data().tokens[token]);
    for (const item of clause.cases) said.push(item[3] || "", item[4] >= 0 ? data().texts[item[4]] : "", item[5] ? Object.values(item[5]).join(" ") : "");
    return said.join("\n").toLowerCase();
  })());
  const fits = (row, number, words) => {
    const subject = data().folders[row[0]];
    return (!fields.verdict.value || data().standings[row[1]] === fields.verdict.value)
      && (!fields.level.value || data().levels[row[2]] === fields.level.value)
      && (!fields.subject.value || `${subject}/`.startsWith(`${fields.subject.value}/`))
      && words.every((word) => textOf(number).includes(word));
  };
  const filter = () => {
    fill();
    const words = fields.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = words.length > 0 || fields.verdict.value || fields.subject.value || fields.level.value;
    for (const group of groups.values()) group.hits = active ? [] : null;
    let shown = 0;
    if (active) data().clauses.forEach((row, number) => {
      if (fits(row, number, words)) { groups.get(data().folders[row[0]]).hits.push(number); shown += 1; }
    });
    let room = ROWS;
    for (const group of groups.values()) {
      group.node.querySelector(":scope > .rows")?.remove();
      group.node.querySelector(".fits")?.remove();
      group.node.hidden = active && group.hits.length === 0;
      if (active && group.hits.length) {
        group.node.querySelector(".tally").prepend(make("span", { class: "fits" }, `${group.hits.length} of ${group.all.length}`));
      }
      group.node.open = Boolean(active) && group.hits.length > 0 && room > 0;
      room -= active ? group.hits.length : 0;
      if (group.node.open) drawGroup(group);
    }
    const total = data().clauses.length;
    byId("shown").textContent = active ? `${shown} of ${total}` : String(total);
    byId("nothing").hidden = !active || shown > 0;
  };
  const keep = () => {
    const state = new URLSearchParams();
    for (const [name, field] of Object.entries(fields)) if (field.value) state.set(name, field.value);
    history.replaceState(null, "", state.size ? `#clauses?${state}` : "#clauses");
  };
  const restore = (text) => {
    const state = new URLSearchParams(text);
    fields.q.value = state.get("q") ?? "";
    for (const name of ["verdict", "subject", "level"]) {
      const known = [...fields[name].options].some((option) => option.value === state.get(name));
      fields[name].value = known ? state.get(name) : "";
    }
    filter();
  };

  // A link into a folded part draws and unfolds it on the way, and clears filters that hide it.
  const reveal = () => {
    const [name, state] = location.hash.slice(1).split(/\?(.*)/s);
    if (state !== undefined && name === "clauses" && form) { restore(state); byId("clauses").scrollIntoView(); return; }
    let id = name;
    try { id = decodeURIComponent(name); } catch { /* it is no id of ours */ }
    const number = /^c\d+$/.test(id) ? Number(id.slice(1)) : -1;
    if (number >= 0 && number < data().clauses.length) {
      const group = groups.get(data().folders[data().clauses[number][0]]);
      if (group.hits && !group.hits.includes(number)) { form.reset(); filter(); }
      drawGroup(group, number);
    }
    const target = id ? byId(id) : null;
    if (!target) return;
    if (target.hidden && form) { form.reset(); filter(); }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") { at.open = true; draw(at); }
    if (target.tagName === "DETAILS") target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  };

  if (form) {
    let waiting = 0;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { filter(); keep(); }, 80); });
    form.addEventListener("reset", () => setTimeout(() => { filter(); keep(); }));
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) {
        event.preventDefault();
        fields.q.focus();
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
  for (const node of document.querySelectorAll("details.list[open]")) drawLinks(node);
  if (location.hash.length > 1) reveal();
})();
