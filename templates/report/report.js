"use strict";
(() => {
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const PER_PAGE = 25;

  const copyText = async (text, button, done) => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
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

  const box = document.querySelector(".browser");
  if (!box) return;
  const tools = box.querySelector(".tools");
  const pager = box.querySelector(".pager");
  const [code, severity] = all("select", tools);
  const search = tools.querySelector("input");
  const status = pager.querySelector("[role=status]");
  const noMatch = box.querySelector(".no-match");
  const [back, forth] = all("button", pager);
  const body = box.querySelector("tbody");
  const heads = all("th", box);
  const rows = all("tr", body).map((line) => ({ line, text: line.textContent.toLowerCase() }));
  let shown = rows, page = 0, column = -1, direction = 1;

  const key = (row) => {
    const cell = row.line.cells[column];
    return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
  };
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * direction;
  };
  const paint = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const now = new Set(shown.slice(page * PER_PAGE, (page + 1) * PER_PAGE));
    for (const row of rows) row.line.hidden = !now.has(row);
    noMatch.hidden = shown.length > 0;
    const values = { shown: shown.length.toLocaleString("en"), page: page + 1, pages };
    status.textContent = tools.dataset.status.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    back.disabled = page === 0;
    forth.disabled = page === pages - 1;
  };
  const select = () => {
    const words = search.value.toLowerCase();
    shown = rows.filter(({ line, text }) => (!code.value || line.dataset.code === code.value)
      && (!severity.value || line.dataset.severity === severity.value) && text.includes(words));
    if (column >= 0) {
      shown.sort(compare);
      body.append(...shown.map((row) => row.line));
    }
    page = 0;
    paint();
  };

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
    button.onclick = () => {
      direction = column === place ? -direction : 1;
      column = place;
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      select();
    };
  });
  search.oninput = code.onchange = severity.onchange = select;
  back.onclick = () => { page -= 1; paint(); };
  forth.onclick = () => { page += 1; paint(); };
  const inert = (text) => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? "'" + text : text);
  const copyRows = tools.querySelector(".copy-rows");
  copyRows.onclick = () => {
    const lines = shown.map(({ line }) => [...line.cells].map((cell) => inert(cell.textContent.trim())).join("\t"));
    copyText(lines.join("\n"), copyRows, done);
  };
  box.querySelector(".rows").classList.add("paged");
  tools.hidden = pager.hidden = false;
  select();
})();
