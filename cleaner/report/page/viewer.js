// The documents of a report: which are listed, which is on show, and the way through their findings.

(() => {
  const PAGE = 100; // documents in the list at a time
  const FILTERS = ["search", "rule", "state", "language", "order"];
  const $ = id => document.getElementById(id);
  const contents = new Contents();
  let chosen = []; // rows of the documents that the filters leave
  let at = -1; // the one on show, in `chosen`
  let shown = null; // its contents
  let part = 0, current = -1, clean = false, listPage = 0;
  let filtering = 0, showing = 0; // turns: who is overtaken meanwhile gives up

  // What is listed.

  async function refilter(keep) {
    const turn = ++filtering;
    const [query, rule, state, language, order] = FILTERS.map(id => $(id).value);
    const fitting = new Set(contents.rules.flatMap((id, index) => belongs(id, rule) ? [index] : []));
    let found = contents.documents.filter(row =>
      (!rule || row.rules.some(index => fitting.has(index))) && (!language || row.language === language) && inState(row, state));
    if (query) {
      found = await contents.search(found, query.toLowerCase(), share => {
        if (turn === filtering) $("told").textContent = `searching: ${Math.round(100 * share)}%`;
        return turn === filtering;
      });
    }
    if (turn !== filtering) return;
    if (order) found.sort((one, other) => ORDERS[order](other) - ORDERS[order](one) || one.number - other.number);
    chosen = found;
    $("told").textContent = `${number(found.length)} of ${number(contents.documents.length)} documents`;
    const place = keep === undefined ? 0 : Math.max(found.findIndex(row => row.number === keep), 0);
    await show(found.length ? place : -1);
  }

  const ORDERS = {
    share: row => (row.before - row.after) / Math.max(row.before, 1), removed: row => row.before - row.after,
    findings: row => row.findings, garbled: row => row.garbled, length: row => row.before,
  };

  const inState = (row, state) => !state || (state === "flagged" ? row.flagged : state === "kept" ? row.kept : row.state === state);

  function showAll() {
    FILTERS.forEach(id => { $(id).value = ""; });
  }

  function fillList() {
    const first = listPage * PAGE;
    $("list").replaceChildren(...chosen.slice(first, first + PAGE).map((row, offset) => listRow(row, first + offset)));
    const last = Math.min(first + PAGE, chosen.length);
    $("page-told").textContent = chosen.length ? `${number(first + 1)} to ${number(last)} of ${number(chosen.length)}` : "none";
    $("page-before").disabled = !listPage;
    $("page-after").disabled = last >= chosen.length;
    $("list").querySelector("[aria-current]")?.scrollIntoView({block: "nearest"});
  }

  function listRow(row, place) {
    const button = element("button", undefined, {type: "button"});
    const share = row.before ? Math.round(100 * (row.before - row.after) / row.before) : 0;
    const told = [row.state === "same" ? "unchanged" : row.state, row.findings && counted(row.findings), share > 0 && `−${share}%`];
    button.append(element("bdi", visible(row.id)), element("br"));
    button.append(element("span", told.filter(Boolean).join(", "), {className: row.state === "failed" ? "error" : "soft"}));
    button.addEventListener("click", () => show(place));
    if (place === at) button.setAttribute("aria-current", "true");
    const item = element("li");
    item.append(button);
    return item;
  }

  // The document on show.

  async function show(place, finding = -1, {move = true} = {}) {
    const turn = ++showing;
    const row = chosen[place];
    const found = row ? await contents.of(row) : null;
    if (turn !== showing) return;
    [at, shown, current, part] = [place, found, -1, 0];
    listPage = Math.max(Math.floor(at / PAGE), 0);
    fillList();
    $("document").hidden = $("aside").hidden = !shown;
    if (!shown) return;
    fillHead(row);
    if (move) history.replaceState(null, "", `#d${row.number}`);
    if (finding < 0 && $("search").value) part = Math.max(partWith($("search").value.toLowerCase()), 0);
    fillPart();
    if (finding >= 0) select(finding);
    else $("document").scrollTop = $("aside").scrollTop = 0;
  }

  const partWith = query => shown.parts.findIndex(pieces => textOf(pieces).toLowerCase().includes(query));

  function fillHead(row) {
    $("id").textContent = visible(row.id);
    $("text").lang = row.language;
    const words = [
      row.language || "language unknown", `${number(row.before)} → ${number(row.after)} characters`,
      row.state === "same" ? "unchanged" : row.state, ...Object.entries(shown.metadata).map(([name, value]) => `${name}: ${value}`),
      shown.left_out && `the last ${number(shown.left_out)} characters are left out here`,
    ];
    $("about").textContent = words.filter(Boolean).map(visible).join(" · ");
    $("error").hidden = !shown.error;
    $("error").textContent = visible(shown.error ?? "");
    $("signals").replaceChildren(...shown.signals.flatMap(([name, value]) =>
      value === null ? [] : [element("dt", visible(name)), element("dd", visible(String(value)))]));
  }

  function fillPart() {
    const pieces = shown.parts[part];
    $("text").replaceChildren(...(clean ? cleanLines(pieces, shown.findings) : markedLines(pieces, shown.findings, shown.lines[part])));
    $("clean").setAttribute("aria-pressed", String(clean));
    $("legend").hidden = clean;
    $("parts").hidden = shown.parts.length < 2;
    $("part-told").textContent = `part ${part + 1} of ${shown.parts.length}`;
    $("part-before").disabled = !part;
    $("part-after").disabled = part + 1 >= shown.parts.length;
    fillFindings();
    highlight();
  }

  function fillFindings() {
    const originals = new Map(); // of the findings in this part, by their numbers
    for (const [text, ...marks] of shown.parts[part].filter(piece => typeof piece !== "string")) {
      marks.forEach(mark => originals.set(mark, (originals.get(mark) ?? "") + text));
    }
    const here = shown.findings.flatMap((finding, mark) => finding.part === part || !finding.line ? [mark] : []);
    const told = here.filter(mark => shown.findings[mark].verb !== "also");
    const more = told.length > MOST_LISTED ? `, the first ${MOST_LISTED}` : "";
    $("findings-told").textContent = `${counted(told.length)}${shown.parts.length > 1 ? " in this part" : ""}${more}`;
    const also = here.length - told.length;
    $("also-told").textContent = also ? `and ${number(also)} by rules whose place another rule had changed already` : "";
    $("findings").replaceChildren(...told.slice(0, MOST_LISTED).map(mark => listed(shown.findings[mark], mark, originals.get(mark) ?? "")));
  }

  /** What was searched for, marked in the text. */
  function highlight() {
    if (!globalThis.Highlight) return;
    CSS.highlights.clear();
    const query = $("search").value.toLowerCase();
    if (!query) return;
    const ranges = [];
    const walker = document.createTreeWalker($("text"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, text = node.data.toLowerCase();
      if (text.length !== node.data.length) continue; // some letters grow when made small
      for (let from = text.indexOf(query); from >= 0; from = text.indexOf(query, from + query.length)) {
        const range = new Range();
        range.setStart(node, from);
        range.setEnd(node, from + query.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("searched", new Highlight(...ranges.slice(0, 1000)));
    if (current < 0) ranges[0]?.startContainer.parentElement.scrollIntoView({block: "center"});
  }

  // Steps.

  function select(mark) {
    const finding = shown.findings[mark];
    current = mark;
    if (finding.line && finding.part !== part) {
      part = finding.part;
      fillPart();
    }
    document.querySelectorAll(".current").forEach(one => one.classList.remove("current"));
    document.querySelectorAll(`[data-mark="${mark}"]`).forEach(one => one.classList.add("current"));
    $("findings").querySelector(".current")?.scrollIntoView({block: "center"});
    $("text").querySelector(".current")?.scrollIntoView({block: "center"});
    $("told").textContent = `${VERBS[finding.verb]}: ${visible(finding.rule)}`;
  }

  const steps = ({findings}) => findings.flatMap((finding, mark) =>
    finding.verb !== "also" && belongs(finding.rule, $("rule").value) ? [mark] : []);

  async function step(by) {
    if (!shown) return;
    const marks = steps(shown);
    const next = by > 0 ? marks.find(mark => mark > current) : marks.findLast(mark => mark < current);
    if (next !== undefined) {
      select(next);
      return;
    }
    for (let place = at + by; chosen[place]; place += by) { // on to the next document with any
      const others = chosen[place].findings ? steps(await contents.of(chosen[place])) : [];
      if (others.length) {
        await show(place, by > 0 ? others[0] : others.at(-1));
        return;
      }
    }
    $("told").textContent = by > 0 ? "no finding after this one" : "no finding before this one";
  }

  const turnTo = place => chosen[place] && show(place);

  function turnPart(by) {
    if (!shown?.parts[part + by]) return;
    part += by;
    current = -1;
    fillPart();
    $("document").scrollTop = 0;
  }

  function toggleClean() {
    clean = !clean;
    if (shown) fillPart();
    if (shown && current >= 0) select(current);
  }

  function toggleHelp() {
    $("help").hidden = !$("help").hidden;
    $("help-button").setAttribute("aria-expanded", String(!$("help").hidden));
  }

  const KEYS = {
    n: () => step(1), j: () => step(1), p: () => step(-1), k: () => step(-1), "]": () => turnTo(at + 1), "[": () => turnTo(at - 1),
    c: toggleClean, "?": toggleHelp, "/": () => $("search").focus(),
  };

  // The page around it.

  async function copyOff(button) {
    const quoted = JSON.stringify(button.dataset.off).replaceAll("\x7f", "\\u007f"); // TOML and JSON escape alike but for this
    const told = button.nextElementSibling?.matches("code") ? button.nextElementSibling : element("code");
    told.textContent = `off = [${quoted}]`;
    button.after(" ", told);
    try {
      await navigator.clipboard.writeText(told.textContent);
      button.textContent = "copied, for cleaner.toml:";
    } catch {
      getSelection().selectAllChildren(told); // the browser does not let us: ready to be copied by hand
      button.textContent = "for cleaner.toml:";
    }
  }

  function sortRules(button) {
    const body = document.querySelector("table.rules tbody");
    const key = button.dataset.sort;
    body.append(...[...body.rows].sort((one, other) => other.dataset[key] - one.dataset[key]));
    document.querySelectorAll("[data-sort]").forEach(one => one.setAttribute("aria-pressed", String(one === button)));
  }

  /** Go where the address leads: to a part of the report, to a document (#d12), or to the findings of a rule (#rule=…). */
  async function follow() {
    const target = decoded(location.hash.slice(1));
    const place = /^d(\d+)$/.exec(target);
    const rule = /^rule=(.*)$/s.exec(target);
    openTab(place || rule ? "documents" : target);
    if (rule) {
      showAll();
      if (![...$("rule").options].some(option => option.value === rule[1])) {
        $("rule").append(element("option", visible(rule[1]), {value: rule[1]}));
      }
      $("rule").value = rule[1];
      await refilter();
      await step(1);
    } else if (place && chosen[at]?.number !== Number(place[1])) {
      if (!chosen.some(row => row.number === Number(place[1]))) showAll();
      await refilter(Number(place[1]));
    }
  }

  function decoded(hash) {
    try {
      return decodeURIComponent(hash);
    } catch {
      return ""; // no hash of ours
    }
  }

  function openTab(name) {
    const sections = [...document.querySelectorAll("section")];
    const open = sections.find(one => one.id === name) ?? sections[0];
    sections.forEach(one => { one.hidden = one !== open; });
    requestAnimationFrame(() => scrollTo(0, 0)); // after the browser has gone to the part of that name
    document.querySelectorAll("nav a").forEach(one => {
      if (one.hash === `#${open.id}`) one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    });
  }

  function fillFilters() {
    const documents = new Map(); // how many have findings of each family, folder and rule
    for (const row of contents.documents) {
      const names = new Set(row.rules.flatMap(index => folders(contents.rules[index])));
      names.forEach(name => documents.set(name, (documents.get(name) ?? 0) + 1));
    }
    for (const name of [...documents.keys()].sort()) {
      const indent = "\u2003".repeat(name.split("/").length - 1);
      $("rule").append(element("option", `${indent}${visible(name)} (${number(documents.get(name))})`, {value: name}));
    }
    const languages = [...new Set(contents.documents.map(row => row.language))].filter(Boolean).sort();
    languages.forEach(language => $("language").append(element("option", visible(language), {value: language})));
  }

  /** A rule and all folders that it is in. */
  function folders(rule) {
    const parts = rule.split("/");
    return parts.length === 1 ? ["own", rule] : parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  }

  function listen() {
    let waiting;
    $("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => refilter(), 250);
    });
    FILTERS.slice(1).forEach(id => $(id).addEventListener("change", () => refilter()));
    $("filters").addEventListener("submit", event => event.preventDefault());
    const buttons = {
      reset: () => { showAll(); refilter(); },
      "page-before": () => { listPage--; fillList(); },
      "page-after": () => { listPage++; fillList(); },
      "finding-before": () => step(-1),
      "finding-after": () => step(1),
      "part-before": () => turnPart(-1),
      "part-after": () => turnPart(1),
      clean: toggleClean,
      "help-button": toggleHelp,
    };
    for (const [id, action] of Object.entries(buttons)) $(id).addEventListener("click", action);
    document.addEventListener("click", ({target}) => {
      const [off, sort, mark] = ["off", "sort", "mark"].map(name => target.closest(`[data-${name}]`));
      if (off) copyOff(off);
      else if (sort) sortRules(sort);
      else if (mark && getSelection().isCollapsed) select(Number(mark.dataset.mark));
    });
    document.addEventListener("keydown", event => {
      if (event.key === "Escape") document.activeElement.blur();
      const typing = event.target.closest?.("input, select, textarea");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key) || $("documents").hidden) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    addEventListener("hashchange", follow);
  }

  async function start() {
    openTab(location.hash.slice(1));
    if (!globalThis.DecompressionStream) {
      $("told").textContent = "This browser cannot unpack the documents; one of 2024 or later can.";
      return;
    }
    await contents.open();
    chosen = contents.documents;
    fillFilters();
    listen();
    await show(chosen.length ? 0 : -1, -1, {move: false});
    $("told").textContent = `${number(chosen.length)} documents`;
    await follow();
    document.documentElement.dataset.ready = "true";
  }

  start();
})();
