// The viewer's page. Everything from the server is drawn as text, never as markup.
const given = JSON.parse(document.getElementById("given").textContent);
const words = given.words;
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const said = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (value) => value.toLocaleString("en");

// Asking the server

const failed = (error) => {
  one("#error").textContent = error.message;
  one("#error").hidden = false;
};
const answered = async (response) => {
  const data = await response.json();
  if (!response.ok) throw new Error(data.error);
  return data;
};
const reached = (promise) => promise.catch((error) => {
  throw error instanceof TypeError ? new Error(words.gone) : error;
});
const page = { "X-Auditor-Page": given.token };
const get = (path, values) => reached(fetch(`/api/${path}?${new URLSearchParams(values)}`, { headers: page }).then(answered));
const post = (path, data) => reached(fetch(`/api/${path}`, {
  method: "POST", headers: { ...page, "Content-Type": "application/json" }, body: JSON.stringify(data),
}).then(answered));

// Drawing

const svg = one(".sprite").namespaceURI;
const icon = (status) => {
  const [picture, use] = ["svg", "use"].map((tag) => document.createElementNS(svg, tag));
  picture.setAttribute("class", `icon ${status}`);
  picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${status}`);
  picture.append(use);
  return picture;
};
const piece = ([kind, text]) => {
  if (kind === "mark") return make("mark", {}, text);
  return ["mask", "cut"].includes(kind) ? make("span", { className: kind }, text) : text;
};
const excerpt = (pieces) => {
  const kind = pieces.length ? pieces[0][0] : "empty";
  if (kind === "why") return make("span", { className: "quiet" }, pieces[0][1]);
  if (kind === "same") return make("span", { className: "quiet" }, words.same);
  if (!pieces.some(([, text]) => text.trim())) return make("span", { className: "quiet" }, words.empty);
  return make("span", { className: "excerpt", translate: false, dir: "auto" }, ...pieces.map(piece));
};
const verdict = (decided) => {
  if (decided.decision !== "relabel") return words[decided.decision];
  const changes = [...decided.add.map((label) => `+${label}`), ...decided.remove.map((label) => `−${label}`)];
  return `→ ${decided.label ?? changes.join(" ")}`;
};
const badge = (decided) => make("span", { className: `badge ${decided.decision}` }, verdict(decided));
const section = (title, ...children) => make("section", {}, make("h3", {}, title), ...children);

// The list: a page of it at a time; `at` is the place of the row that is shown in the whole list.

let list = { list: 0, total: 0, first: 0, decided: 0, lines: [] };
let at = 0;
let turn = 0;
let filling = 0;
const texts = new Map();
const filters = one("#filters");
const asked = () => Object.fromEntries([...new FormData(filters)].filter(([, value]) => value !== ""));
const current = () => list.lines[at - list.first];

const drawLine = (line, place) => {
  const pieces = texts.get(line.row);
  const head = make("span", { className: "head" }, make("b", {}, String(line.row)));
  if (line.status) head.append(icon(line.status), make("span", { className: "codes-of" }, line.codes.join(" ")));
  head.append(make("span", { className: "name", translate: false }, line.label));
  if (line.own) head.append(badge(line.own));
  const text = pieces ? excerpt(pieces) : make("span", { className: "excerpt waiting" }, "…");
  const button = make("button", { type: "button", className: "line" }, head, text);
  if (place === at) button.setAttribute("aria-current", "true");
  button.onclick = () => go(place);
  return make("li", {}, button);
};
const redraw = (place) => {
  const item = one("#lines").children[place - list.first];
  if (item) item.replaceWith(drawLine(list.lines[place - list.first], place));
};
const drawProgress = () => {
  one("#bar").max = Math.max(list.total, 1);
  one("#bar").value = list.decided;
  one("#progress").textContent = said("progress", { decided: number(list.decided), total: number(list.total) });
};
const drawList = () => {
  one("#lines").replaceChildren(...list.lines.map((line, index) => drawLine(line, list.first + index)));
  one("#no-match").hidden = list.total > 0;
  const last = list.first + list.lines.length;
  one("#place").textContent = list.total ? said("place", { first: number(list.first + 1), last: number(last), total: number(list.total) }) : "";
  one("#back").disabled = list.first === 0;
  one("#forth").disabled = last >= list.total;
  drawProgress();
};
const fill = async () => {
  const mine = ++filling;
  const search = asked().search ?? "";
  const order = [...list.lines.slice(at - list.first), ...list.lines.slice(0, at - list.first)];
  const rows = order.map((line) => line.row).filter((row) => !texts.has(row));
  for (let start = 0, size = 4; start < rows.length; start += size, size = given.texts) {
    const got = await get("texts", { rows: rows.slice(start, start + size).join(","), search });
    if (mine !== filling) return;
    for (const [row, pieces] of got.texts) {
      texts.set(row, pieces);
      const index = list.lines.findIndex((line) => line.row === row);
      if (index >= 0) redraw(list.first + index);
    }
  }
};
const select = async (row) => {
  const mine = ++turn;
  const got = await get("list", asked());
  if (mine !== turn) return;
  list = got;
  filling += 1;
  texts.clear();
  const index = list.lines.findIndex((line) => line.row === row);
  at = Math.max(index, 0);
  one("#lines").scrollTop = 0;
  const { search, ...address } = asked(); // what somebody searches for is nobody else's business
  history.replaceState(null, "", `#${new URLSearchParams(address)}`);
  drawList();
  show();
  fill().catch(failed);
};
let opening = null;
const open = (first) => {
  one("#lines").setAttribute("aria-busy", "true");
  opening = get("more", { list: list.list, first }).then((got) => {
    list = { ...got, decided: list.decided };
    drawList();
  }).finally(() => {
    opening = null;
    one("#lines").removeAttribute("aria-busy");
  });
  return opening;
};
const go = async (place) => {
  if (place < 0 || place >= list.total) return;
  const before = at;
  at = place;
  if (place < list.first || place >= list.first + list.lines.length) {
    closeChooser();
    await open(Math.floor(place / given.page) * given.page);
    fill().catch(failed);
  } else {
    redraw(before);
    redraw(at);
  }
  one(".line[aria-current]")?.scrollIntoView({ block: "nearest" });
  show();
};

// The row

const kept = new Map();
const fetched = (row) => {
  if (!kept.has(row)) {
    if (kept.size > 30) kept.delete(kept.keys().next().value);
    const both = { row: get("row", { row }), around: null };
    both.around = both.row.then(() => get("around", { row }));
    both.row.catch(() => kept.delete(row));
    both.around.catch(() => kept.delete(row));
    kept.set(row, both);
  }
  return kept.get(row);
};
const rowLink = (row) => {
  const link = make("button", { type: "button", className: "link" }, String(row));
  link.onclick = () => {
    filters.reset();
    filters.elements.show.value = "all";
    filters.elements.search.value = `#${row}`;
    select().catch(failed);
  };
  return link;
};
const drawFound = (found) => make("li", {},
  make("span", { className: `state ${found.status}` }, icon(found.status), found.word),
  make("span", {}, make("code", { translate: false }, found.code), ` ${found.title}`),
  ...found.facts.map(([name, value]) => make("span", { className: "pairing" }, make("i", {}, name), " ", make("b", { translate: false }, value))),
  make("span", { className: "sure" }, found.confidence));
const drawText = (detail) => {
  const box = make("div", { className: "text card" }, excerpt(detail.text));
  if (given.raw) {
    const foot = make("div", { className: "text-foot" });
    const button = make("button", { type: "button", id: "raw" }, words.raw);
    button.onclick = async () => {
      try {
        const got = await post("reveal", { row: detail.row });
        box.classList.add("raw");
        box.replaceChildren(make("span", { className: "excerpt", translate: false, dir: "auto" }, got.text),
          make("div", { className: "text-foot" }, words["raw.shown"]));
      } catch (error) { failed(error); }
    };
    foot.append(button, make("span", {}, words["raw.logged"]));
    box.append(foot);
  }
  return box;
};
const drawClass = (detail) => {
  const parts = make("p", { className: "class" });
  if (detail.labels.length) parts.append(`${words.label} `, make("b", { translate: false }, detail.labels.join(" | ")));
  if (detail.suggested) parts.append(` · ${words.suggested} `, make("b", { translate: false }, detail.suggested));
  for (const [label, what] of detail.questions) {
    parts.append(" · ", words[`question.${what}`], " ", make("b", { translate: false }, label));
  }
  return parts;
};
const drawDetail = (detail, own) => {
  const head = make("div", { className: "row-head" }, make("h2", {}, said("row", { row: detail.row })), drawClass(detail));
  if (own) head.append(badge(own));
  const facts = make("dl", { className: "facts" }, ...detail.facts.map((fact) => make("div", {},
    make("dt", {}, fact.name), make("dd", fact.is_name ? { translate: false } : {}, fact.value))));
  const others = detail.decided.filter((decided) => decided.reviewer !== one(".who b").textContent);
  one("#detail").replaceChildren(head, facts);
  if (others.length) {
    one("#detail").append(make("p", { className: "others" }, words.others,
      ...others.flatMap((other) => [make("span", { translate: false }, other.reviewer), badge(other)])));
  }
  one("#detail").append(drawText(detail),
    section(words.found, detail.found.length ? make("ul", { className: "found-list" }, ...detail.found.map(drawFound))
      : make("p", { className: "quiet" }, words.nothing)));
};
const drawAround = (around, detail) => {
  if (around.pairs.length) {
    one("#detail").append(section(words.pairs, make("ul", { className: "pairs" }, ...around.pairs.map((pair) => make("li", {},
      make("p", { className: "about" }, pair.title),
      make("div", { className: "sides" },
        make("div", {}, make("b", {}, said("row", { row: detail.row }), " ", make("span", { translate: false }, detail.labels.join(" | "))), excerpt(pair.own)),
        make("div", {}, make("b", {}, words.other, " ", rowLink(pair.row), " ", make("span", { translate: false }, pair.label)), excerpt(pair.other))))))));
  }
  if (around.neighbours.length) {
    one("#detail").append(section(words.neighbours, make("ul", { className: "near" }, ...around.neighbours.map((near) => make("li", {
      className: near.label === detail.labels.join(" | ") ? "agrees" : "differs" },
    make("p", { className: "about" }, rowLink(near.row), " · ", make("b", { translate: false }, near.label)), excerpt(near.text))))));
  }
};
const HURRY = 120;
let shown = 0;
let showed = -HURRY;
const DECIDES = { k: "keep", d: "drop", r: "relabel", m: "mask" };
const show = async () => {
  closeChooser();
  const line = current();
  const mine = ++shown;
  for (const button of all(".actions-bar [data-key]")) {
    const decision = DECIDES[button.dataset.key];
    button.disabled = !line && button.dataset.key !== "u";
    if (decision) button.setAttribute("aria-pressed", String(line?.own?.decision === decision));
  }
  if (!line) return one("#detail").replaceChildren();
  try {
    const since = performance.now() - showed;
    showed = performance.now();
    if (since < HURRY && !kept.has(line.row)) await new Promise((resolve) => { setTimeout(resolve, HURRY); });
    if (mine !== shown) return undefined; // who goes on faster than one can read is not kept waiting for texts
    const both = fetched(line.row);
    const waiting = setTimeout(() => { if (mine === shown) one("#detail").replaceChildren(make("p", { className: "quiet" }, "…")); }, 150);
    const detail = await both.row;
    clearTimeout(waiting);
    if (mine !== shown) return undefined;
    drawDetail(detail, current().own);
    one("#row").scrollTop = 0;
    const around = await both.around;
    if (mine !== shown) return undefined;
    drawAround(around, detail);
    const next = list.lines[at - list.first + 1];
    if (next) fetched(next.row);
  } catch (error) { failed(error); }
  return undefined;
};

// Deciding. What is decided is drawn at once and sent in order; what cannot be written is said, and the list is asked anew.

let sending = Promise.resolve();
const send = (work) => {
  sending = sending.then(work).catch((error) => {
    failed(error);
    return select(current()?.row).catch(failed);
  });
  return sending;
};
const done = [];
const decide = (decision, more = {}) => {
  const line = current();
  if (!line) return;
  if (!line.own) list.decided += 1;
  line.own = { decision, label: null, add: [], remove: [], ...more };
  redraw(at);
  drawProgress();
  kept.delete(line.row);
  done.push({ row: line.row, place: at, list: list.list });
  send(() => post("decide", { row: line.row, decision, ...more }));
  if (at + 1 < list.total) go(at + 1).catch(failed);
  else show();
};
const undo = () => send(async () => {
  const got = await post("undo", {});
  if (got.row === null) return;
  kept.delete(got.row);
  const last = done.pop();
  if (last?.row !== got.row || last.list !== list.list) {
    await select(got.row);
    return;
  }
  const line = list.lines[last.place - list.first];
  if (line) line.own = got.own;
  list.decided -= got.own ? 0 : 1;
  drawProgress();
  await go(last.place);
});

// Choosing a class: by number, or by typing a part of its name.

const chooser = one("#chooser");
const filter = one("#chooser-filter");
let offered = [];
let changes = new Map();
const closeChooser = () => { chooser.hidden = true; };
const commit = () => {
  const of = (what) => [...changes].filter(([, change]) => change === what).map(([label]) => label);
  const [add, remove] = [of("add"), of("remove")];
  closeChooser();
  if (add.length || remove.length) decide("relabel", { add, remove });
};
const choose = (label) => {
  if (!given.several) {
    closeChooser();
    decide("relabel", { label });
    return;
  }
  if (!changes.delete(label)) changes.set(label, chooser.own.includes(label) ? "remove" : "add");
  filter.value = "";
  offer();
};
const offer = () => {
  const wanted = filter.value.toLowerCase();
  const first = [...changes.keys(), ...chooser.first];
  offered = [...new Set([...first, ...given.labels])].filter((label) => label.toLowerCase().includes(wanted)).slice(0, 40);
  one("#chooser-options").replaceChildren(...offered.map((label, index) => {
    const change = changes.get(label);
    const button = make("button", { type: "button" }, make("kbd", {}, index < 9 ? String(index + 1) : " "),
      make("span", { translate: false }, label));
    if (change) button.append(make("small", {}, words[`question.${change}`]));
    else if (chooser.own.includes(label)) button.append(make("small", {}, words["label.now"]));
    else if (chooser.first.includes(label)) button.append(make("small", {}, words.suggested));
    button.onclick = () => choose(label);
    return make("li", {}, button);
  }));
};
const relabel = async () => {
  const line = current();
  if (!line || !given.labels.length) return;
  const detail = await fetched(line.row).row;
  if (current() !== line) return;
  chooser.own = detail.labels;
  chooser.first = [...(detail.suggested ? [detail.suggested] : []), ...detail.questions.map(([label]) => label)];
  changes = new Map(detail.questions);
  filter.value = "";
  offer();
  chooser.hidden = false;
  filter.focus();
};
filter.oninput = offer;
filter.onkeydown = (event) => {
  const place = Number.parseInt(event.key, 10) - 1;
  if (event.key === "Escape") closeChooser();
  else if (event.key === "Enter" && given.several && !filter.value) commit();
  else if (event.key === "Enter" && offered.length) choose(offered[0]);
  else if (/^[1-9]$/.test(event.key) && !filter.value && place < offered.length) choose(offered[place]);
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (chooser.hidden) one("#row").focus();
};
one("#chooser-cancel").onclick = closeChooser;
if (given.several) one("#chooser-done").onclick = commit;

// Keys and buttons

const help = one("#help");
const KEYS = {
  k: () => decide("keep"), d: () => decide("drop"), m: () => decide("mask"), r: () => relabel().catch(failed),
  n: () => go(at + 1).catch(failed), j: () => go(at + 1).catch(failed), p: () => go(at - 1).catch(failed),
  u: undo, s: () => one("#raw")?.click(), "/": () => filters.elements.search.focus(), "?": () => help.showModal(),
};
addEventListener("keydown", (event) => {
  const inField = event.target.matches?.("input, select, textarea");
  if (event.key === "Escape" && inField) event.target.blur();
  if (event.key === "Escape") closeChooser();
  if (inField || help.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  if (opening) opening.then(() => setTimeout(KEYS[event.key])); // what is pressed meanwhile is for the row that comes
  else KEYS[event.key]();
});
for (const button of all("[data-key]")) button.onclick = () => KEYS[button.dataset.key]();
one("#help-button").onclick = () => help.showModal();
one("#back").onclick = () => go(Math.max(list.first - given.page, 0)).catch(failed);
one("#forth").onclick = () => go(list.first + given.page).catch(failed);

// Filters; the address says what is asked for

let typing = 0;
filters.onsubmit = (event) => {
  event.preventDefault();
  select().catch(failed);
};
filters.onchange = (event) => { if (event.target.name !== "search") select().catch(failed); };
filters.elements.search.oninput = () => {
  clearTimeout(typing);
  typing = setTimeout(() => select().catch(failed), 120);
};
filters.onreset = () => setTimeout(() => select().catch(failed));

// Light and dark, as in the report

const root = document.documentElement;
const theme = one(".theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
const showTheme = () => { theme.textContent = isDark() ? theme.dataset.light : theme.dataset.dark; };
theme.onclick = () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
};
dark.onchange = showTheme;
showTheme();

filters.elements.show.value = given.show;
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  const field = filters.elements.namedItem(name);
  if (field && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
}
select().catch(failed);
