(() => {
  const { byId, data, make } = page;
  const ROWS = 500; // drawn at a time
  const cell = (place) => {
    const [css, word] = data().states[place];
    return css ? make("td", {}, make("span", { class: `cell ${css}` }, word))
      : make("td", { class: "none" }, make("span", { class: "vh" }, word));
  };
  const row = (number) => {
    const [subject, statement, standings] = data().lines[number];
    return make("tr", {}, make("th", { scope: "row" }, `${subject}: ${statement}`), ...standings.map(cell));
  };
  const draw = (node) => {
    if (!node.open || !node.matches(".lines") || node.querySelector("table")) return;
    const numbers = node.dataset.lines ? node.dataset.lines.split(",").map(Number) : data().lines.map((_, number) => number);
    const body = make("tbody", {});
    const heads = ["Clause", ...data().targets].map((name) => make("th", { scope: "col" }, name));
    node.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `By target: ${node.querySelector("summary").textContent}` },
      make("table", { class: "matrix statements" }, make("thead", {}, make("tr", {}, ...heads)), body)));
    let next = 0;
    const more = make("button", { type: "button", class: "more" });
    const go = () => {
      body.append(...numbers.slice(next, next + ROWS).map(row));
      next += ROWS;
      if (next >= numbers.length) more.remove();
      else more.textContent = `Show ${Math.min(ROWS, numbers.length - next)} of ${numbers.length - next} more`;
    };
    node.append(more);
    go();
    more.addEventListener("click", go);
  };
  document.addEventListener("toggle", (event) => { if (event.target.tagName === "DETAILS") draw(event.target); }, true);
})();
