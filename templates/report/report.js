"use strict";
(() => {
  const PER_PAGE = 25;
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const copyText = async (text, button, done) => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(make("textarea", { value: text }));
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = done;
    setTimeout(() => { button.textContent = label; }, 1500);
  };

  const done = document.body.dataset.copied;
  for (const button of all(".copy")) {
    button.hidden = false;
    button.onclick = () => copyText(button.previousElementSibling.textContent, button, done);
  }

  const links = new Map(all(".menu a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const [id, link] of links) {
        if (id === entry.target.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const id of links.keys()) seen.observe(document.getElementById(id));

  const root = document.documentElement;
  const kept = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a page of a file may have none */ } },
  };
  const theme = document.querySelector(".theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const showTheme = () => { theme.textContent = isDark() ? theme.dataset.light : theme.dataset.dark; };
  if (["dark", "light"].includes(kept.get("auditor-theme"))) root.dataset.theme = kept.get("auditor-theme");
  theme.onclick = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept.set("auditor-theme", root.dataset.theme);
    showTheme();
  };
  systemDark.onchange = showTheme;
  showTheme();

  // One page for three readers: what each needs comes first and is open; nothing is left out.
  const READERS = {
    all: { first: [], open: "" },
    engineer: { first: ["findings", "labels", "duplicates", "balance", "benchmark"], open: ".codes details:has(.fail)" },
    officer: { first: ["privacy", ".law", "changes"], open: "#privacy .codes details" },
    owner: { first: ["changes", "benchmark"], open: "#overview details, #changes details" },
  };
  const reader = document.querySelector("select[name=reader]");
  const main = document.getElementById("main");
  const sections = all("main > section");
  const items = all(".menu li");
  const sort = () => {
    const { first, open } = READERS[reader.value];
    const rank = (id) => {
      const place = first.indexOf(id.startsWith("law-") ? ".law" : id);
      return place < 0 ? first.length : place;
    };
    const by = (id) => (a, b) => (id(a) !== "overview") - (id(b) !== "overview") || rank(id(a)) - rank(id(b));
    main.append(...[...sections].sort(by((section) => section.id)), main.querySelector("footer"));
    const idOf = (item) => item.querySelector("a").hash.slice(1);
    document.querySelector(".menu ul").append(...[...items].sort(by(idOf)));
    for (const details of open ? all(open) : []) details.open = true;
  };
  reader.onchange = () => {
    kept.set("auditor-reader", reader.value);
    sort();
  };
  if (Object.hasOwn(READERS, kept.get("auditor-reader") ?? "")) {
    reader.value = kept.get("auditor-reader");
    sort();
  }
  theme.parentElement.hidden = false;

  // What scrolls sideways can be reached and scrolled with the keyboard.
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const element of all(".scroll, .command code")) wide.observe(element);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of opened) details.open = false; });

  const toTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    const details = target.querySelector(":scope > details");
    if (details) details.open = true;
    target.scrollIntoView();
  };

  const box = document.querySelector(".browser");
  if (!box) {
    addEventListener("hashchange", toTarget);
    toTarget();
    return;
  }
  const data = JSON.parse(document.getElementById("lines").textContent);
  const tools = box.querySelector(".tools");
  const pager = box.querySelector(".pager");
  const [code, severity] = all("select", tools);
  const search = tools.querySelector("input");
  const chip = tools.querySelector(".chip");
  const status = pager.querySelector("[role=status]");
  const noMatch = box.querySelector(".no-match");
  const [back, forth] = all("button", pager);
  const body = box.querySelector("tbody");
  const heads = all("th", box);

  // A line of the block (auditor/report/formats/lines.py): row, kind, text, then name and value of each detail.
  const unfold = ([row, kind, text, ...rest]) => {
    const [its, level, sure] = data.kinds[kind];
    const details = rest.flatMap((head, at) => (at % 2 ? [] : [[head, rest[at + 1]]]));
    return [row, its, level, sure, details, text];
  };
  const rows = data.lines.map((line, place) => ({ line: unfold(line), place, text: null }));
  const valueOf = (value) => (typeof value === "number" ? data.values[value] : value);
  const piecesOf = (line) => data.texts[line[5]];
  const textOf = (line) => {
    const pieces = piecesOf(line);
    if (!pieces.length || pieces[0][0] === "0") return tools.dataset.empty;
    return pieces[0][0] === "=" ? tools.dataset.same : pieces.map((piece) => piece.slice(1)).join("");
  };
  const titleOf = ([name, title]) => (title === name ? name : name + " " + title);
  const cellsOf = (line) => [
    line[0] < 0 ? data.corpus : String(line[0]),
    titleOf(data.codes[line[1]]),
    data.severities[line[2]][1],
    data.confidences[line[3]][1],
    line[4].map(([head, value]) => data.heads[head][0] + " " + valueOf(value)).join(" "),
    textOf(line),
  ];
  const words = (row) => {
    row.text ??= cellsOf(row.line).join(" ").toLowerCase();
    return row.text;
  };
  const isOf = (line, key, value) => (key === "row" && String(line[0]) === value)
    || line[4].some(([head, its]) => data.heads[head][2] === key && valueOf(its) === value);

  const icon = (name) => {
    const of = (tag) => document.createElementNS(document.querySelector(".sprite").namespaceURI, tag);
    const [picture, use] = [of("svg"), of("use")];
    picture.setAttribute("class", "icon " + name);
    picture.setAttribute("aria-hidden", "true");
    use.setAttribute("href", "#i-" + name);
    picture.append(use);
    return picture;
  };
  const detail = ([head, value]) => {
    const [name, isName, key] = data.heads[head];
    const shown = valueOf(value);
    const bold = make("b", isName ? { translate: false } : {}, key
      ? make("a", { href: "#findings&" + key + "=" + shown }, shown) : shown);
    return make("span", { className: "pairing" }, make("i", {}, name), " ", bold);
  };
  const KINDS = { "!": ["mark", ""], "#": ["span", "mask"], "~": ["span", "cut"] };
  const drawn = (piece) => {
    const [tag, className] = KINDS[piece[0]] || [];
    if (!tag) return piece.slice(1);
    return make(tag, className ? { className } : {}, piece.slice(1));
  };
  const excerpt = (line) => {
    const pieces = piecesOf(line);
    if (!pieces.length || "=0?".includes(pieces[0][0])) return make("span", { className: "quiet" }, textOf(line));
    return make("span", { className: "excerpt", translate: false, dir: "auto" }, ...pieces.map(drawn));
  };
  const draw = ({ line }) => {
    const cells = cellsOf(line);
    const [name, title] = data.codes[line[1]];
    const level = data.severities[line[2]];
    const link = make("a", { href: "#code-" + name }, make("code", { translate: false }, name));
    const details = line[4].flatMap((item, place) => (place ? [" ", detail(item)] : [detail(item)]));
    return make("tr", {},
      make("td", {}, cells[0]),
      make("td", {}, link, title === name ? "" : " " + title),
      make("td", {}, make("span", { className: "state " + level[0] }, icon(level[0]), level[1])),
      make("td", {}, cells[3]),
      make("td", {}, ...details),
      make("td", {}, excerpt(line)));
  };

  let shown = rows, column = -1, direction = 1, page = 0, only = null;
  const levels = ["info", "warn", "fail"];
  const key = ({ line }) => [
    line[0], cellsOf(line)[1], -levels.indexOf(data.severities[line[2]][0]), data.confidences[line[3]][0],
    cellsOf(line)[4], textOf(line)][column];
  const paint = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    body.replaceChildren(...shown.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map(draw));
    noMatch.hidden = shown.length > 0;
    const values = { shown: shown.length.toLocaleString("en"), page: page + 1, pages };
    status.textContent = tools.dataset.status.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    back.disabled = page === 0;
    forth.disabled = page === pages - 1;
    chip.hidden = !only;
    if (only) chip.textContent = tools.dataset[only[0]].replace("{n}", only[1]);
    heads.forEach((head, place) => {
      const order = place !== column ? "none" : direction > 0 ? "ascending" : "descending";
      head.setAttribute("aria-sort", order);
    });
  };
  const select = () => {
    const wanted = search.value.toLowerCase();
    shown = rows.filter((row) => (!code.value || data.codes[row.line[1]][0] === code.value)
      && (!severity.value || data.severities[row.line[2]][0] === severity.value)
      && (!only || isOf(row.line, ...only)) && (!wanted || words(row).includes(wanted)));
    if (column >= 0) {
      const keyed = shown.map((row) => [key(row), row]);
      keyed.sort(([x, a], [y, b]) => (x < y ? -1 : x > y ? 1 : 0) * direction || a.place - b.place);
      shown = keyed.map(([, row]) => row);
    }
    paint();
  };

  // The state of the table is in the address: #findings&code=DUP001&page=2
  const address = () => {
    const state = new URLSearchParams();
    if (only) state.set(...only);
    if (code.value) state.set("code", code.value);
    if (severity.value) state.set("severity", severity.value);
    if (search.value) state.set("search", search.value);
    if (column >= 0) state.set("sort", (direction < 0 ? "-" : "") + (column + 1));
    if (page) state.set("page", page + 1);
    return "#findings" + (String(state) && "&" + state);
  };
  const apply = (hash) => {
    const state = new URLSearchParams(hash.replace(/^#findings&?/, ""));
    const among = (field, value) => ([...field.options].some((option) => option.value === value) ? value : "");
    code.value = among(code, state.get("code") || "");
    severity.value = among(severity, state.get("severity") || "");
    search.value = state.get("search") || "";
    const which = ["row", "cluster"].find((name) => state.has(name));
    only = which ? [which, state.get(which)] : null;
    const sort = Number.parseInt(state.get("sort"), 10) || 0;
    column = Math.abs(sort) <= heads.length ? Math.abs(sort) - 1 : -1;
    direction = sort < 0 ? -1 : 1;
    page = (Number.parseInt(state.get("page"), 10) || 1) - 1;
    select();
  };
  const record = (isNew) => {
    const now = address();
    if (now === location.hash) return;
    history[isNew ? "pushState" : "replaceState"](null, "", now);
  };
  const changed = (isNew) => {
    page = 0;
    select();
    record(isNew);
  };
  const go = () => {
    if (!/^#findings(&|$)/.test(location.hash)) return toTarget();
    apply(location.hash);
    document.getElementById("findings").scrollIntoView();
    return undefined;
  };

  for (const link of all("a[data-to]")) link.hash = "#findings&" + link.dataset.to;
  heads.forEach((head, place) => {
    const button = make("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.onclick = () => {
      direction = column === place ? -direction : 1;
      column = place;
      changed(true);
    };
  });
  search.oninput = () => changed(false);
  code.onchange = severity.onchange = () => changed(true);
  chip.onclick = () => {
    only = null;
    changed(true);
    search.focus();
  };
  const turn = (step) => {
    page += step;
    paint();
    record(true);
  };
  back.onclick = () => turn(-1);
  forth.onclick = () => turn(1);
  const inert = (text) => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? "'" + text : text);
  const copyRows = tools.querySelector(".copy-rows");
  copyRows.onclick = () => {
    const lines = shown.map(({ line }) => cellsOf(line).map((cell) => inert(cell.trim())).join("\t"));
    copyText(lines.join("\n"), copyRows, done);
  };
  tools.hidden = pager.hidden = false;
  addEventListener("hashchange", go);
  addEventListener("popstate", () => { if (/^#findings/.test(location.hash)) apply(location.hash); });
  if (/^#findings(&|$)/.test(location.hash)) go();
  else {
    select();
    toTarget();
  }
})();
