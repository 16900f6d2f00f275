"use strict";
// What the scripts of all pages draw with. What is drawn comes from the page's own data, and becomes text nodes and
// attributes, never markup.
const page = (() => {
  document.documentElement.classList.add("has-js");
  const byId = (id) => document.getElementById(id);
  let read = null;
  const data = () => (read ??= JSON.parse(byId("data").textContent));
  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null));
    return node;
  };
  return { byId, data, make };
})();

