// The documents of a report. All that comes with a document is put into the page as text, never as markup.
"use strict";
(() => {
  const PAGE = 100; // documents in the list at a time
  const MOST_LISTED = 400; // findings beside a part of a text
  const KEPT_BLOCKS = 6; // blocks of documents that stay decoded
  const SPELT_OUT = 3; // characters of a repair whose code points are told
  // Nobody sees these, and some change how the rest is seen: shown by their code points.
  const INVISIBLE = /([\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])/u;
  const INVISIBLE_HERE = /([\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00a0])/u; // where a rule saw something, all that is invisible
  const VERBS = {drop: "removed", replace: "repaired", flag: "flagged", reject: "reason to reject", kept: "seen but kept", also: "also seen"};
  const FAMILIES = ["boilerplate", "encoding", "garbled", "quality"];
  const FILTERS = ["search", "rule", "state", "language", "order"];
  const FIELDS = ["number", "id", "block", "place", "state", "before", "after", "findings", "flagged", "kept", "language", "garbled", "rules"];

  const $ = id => document.getElementById(id);
  const blocks = new Map();
  let rules = [], signals = [], all = [];
  let chosen = []; // the documents that the filters leave
  let at = -1; // the one on show, in `chosen`
  let shown = null; // its contents
  let part = 0, current = -1, clean = false, listPage = 0, filtering = 0;

  function element(name, content, properties = {}) {
    const made = document.createElement(name);
    if (content !== undefined) made.textContent = content;
    for (const [key, value] of Object.entries(properties)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    return made;
  }

  async function unpacked(id) {
    const packed = atob($(id).textContent);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function block(number) {
    const found = blocks.get(number) ?? await unpacked(`block-${number}`);
    blocks.delete(number);
    blocks.set(number, found); // the one used last stands last
    if (blocks.size > KEPT_BLOCKS) blocks.delete(blocks.keys().next().value);
    return found;
  }

  const family = rule => rule.includes("/") ? rule.split("/", 1)[0] : "own";
  const familyClass = rule => FAMILIES.includes(family(rule)) ? family(rule) : "own";
  const textOf = pieces => pieces.map(piece => typeof piece === "string" ? piece : piece[0]).join("");
  const counted = findings => `${number(findings)} finding${findings === 1 ? "" : "s"}`;
  const number = value => value.toLocaleString("en");

  // What is listed: filters, order, search.

  async function refilter(keep) {
    const turn = ++filtering;
    const [query, rule, state, language, order] = FILTERS.map(id => $(id).value);
    const fitting = new Set(rules.flatMap((id, index) => belongs(id, rule) ? [index] : []));
    let found = all.filter(one =>
      (!rule || one.rules.some(index => fitting.has(index))) && (!language || one.language === language) && inState(one, state));
    if (query) found = await searched(found, query.toLowerCase(), turn);
    if (turn !== filtering) return;
    const orders = {
      share: one => (one.before - one.after) / Math.max(one.before, 1), removed: one => one.before - one.after,
      findings: one => one.findings, garbled: one => one.garbled, length: one => one.before,
    };
    if (order) found.sort((one, other) => orders[order](other) - orders[order](one) || one.number - other.number);
    chosen = found;
    $("told").textContent = `${number(found.length)} of ${number(all.length)} documents`;
    const place = keep === undefined ? 0 : Math.max(found.findIndex(one => one.number === keep), 0);
    await show(found.length ? place : -1);
  }

  function showAll() {
    FILTERS.forEach(id => { $(id).value = ""; });
  }

  const belongs = (id, prefix) => !prefix || id === prefix || id.startsWith(`${prefix}/`) || (prefix === "own" && family(id) === "own");

  function inState(one, state) {
    return !state || (state === "flagged" ? one.flagged : state === "kept" ? one.kept : one.state === state);
  }

  async function searched(documents, query, turn) {
    const left = new Map();
    for (const one of documents) {
      if (!left.has(one.block)) left.set(one.block, []);
      left.get(one.block).push(one);
    }
    const found = new Set();
    let done = 0;
    for (const [number, ones] of left) {
      $("told").textContent = `searching: ${Math.round(100 * done++ / left.size)}%`;
      const contents = blocks.get(number) ?? await unpacked(`block-${number}`);
      if (turn !== filtering) return [];
      for (const one of ones) {
        const contained = () => contents[one.place].parts.map(textOf).join("").toLowerCase().includes(query);
        if (one.id.toLowerCase().includes(query) || contained()) found.add(one);
      }
    }
    return documents.filter(one => found.has(one));
  }

  function fillList() {
    const first = listPage * PAGE;
    const rows = chosen.slice(first, first + PAGE).map((one, offset) => {
      const item = element("li");
      const button = element("button", undefined, {type: "button"});
      button.append(element("bdi", visible(one.id)));
      const share = one.before ? Math.round(100 * (one.before - one.after) / one.before) : 0;
      const told = [one.state === "same" ? "unchanged" : one.state, one.findings && counted(one.findings), share > 0 && `−${share}%`];
      button.append(element("br"), element("span", told.filter(Boolean).join(", "), {className: one.state === "failed" ? "error" : "soft"}));
      button.addEventListener("click", () => show(first + offset));
      if (first + offset === at) button.setAttribute("aria-current", "true");
      item.append(button);
      return item;
    });
    $("list").replaceChildren(...rows);
    const last = Math.min(first + PAGE, chosen.length);
    $("page-told").textContent = chosen.length ? `${number(first + 1)} to ${number(last)} of ${number(chosen.length)}` : "none";
    $("page-before").disabled = !listPage;
    $("page-after").disabled = last >= chosen.length;
    $("list").querySelector("[aria-current]")?.scrollIntoView({block: "nearest"});
  }

  // One document.

  let showing = 0;

  async function show(place, finding = -1, {move = true} = {}) {
    const turn = ++showing;
    const one = chosen[place];
    const contents = one && (await block(one.block))[one.place];
    if (turn !== showing) return; // somebody has gone on meanwhile
    at = place;
    shown = contents;
    listPage = Math.max(Math.floor(at / PAGE), 0);
    current = -1;
    part = 0;
    fillList();
    $("document").hidden = $("aside").hidden = !shown;
    if (!shown) return;
    $("id").textContent = visible(one.id);
    $("text").lang = one.language;
    const words = [
      one.language || "language unknown", `${number(one.before)} → ${number(one.after)} characters`,
      one.state === "same" ? "unchanged" : one.state, ...Object.entries(shown.metadata).map(([name, value]) => `${name}: ${visible(value)}`),
      shown.left_out && `the last ${number(shown.left_out)} characters are left out here`,
    ];
    $("about").textContent = words.filter(Boolean).join(" · ");
    $("error").hidden = !shown.error;
    $("error").textContent = visible(shown.error ?? "");
    $("signals").replaceChildren(...shown.signals.flatMap(([name, value]) =>
      value === null ? [] : [element("dt", visible(signals[name])), element("dd", visible(String(value)))]));
    if (move) history.replaceState(null, "", `#d${one.number}`);
    if (finding < 0 && $("search").value) part = Math.max(partWith($("search").value), 0);
    fillPart();
    if (finding >= 0) select(finding);
    else $("document").scrollTop = $("aside").scrollTop = 0;
  }

  const partWith = query => shown.parts.findIndex(pieces => textOf(pieces).toLowerCase().includes(query.toLowerCase()));

  function fillPart() {
    const pieces = shown.parts[part];
    $("text").replaceChildren(...(clean ? cleanLines(pieces) : markedLines(pieces)));
    $("clean").setAttribute("aria-pressed", String(clean));
    $("legend").hidden = clean;
    $("parts").hidden = shown.parts.length < 2;
    $("part-told").textContent = `part ${part + 1} of ${shown.parts.length}`;
    $("part-before").disabled = !part;
    $("part-after").disabled = part + 1 >= shown.parts.length;
    fillFindings();
    highlight();
  }

  /** Lines of the original, each piece in the elements that its marks ask for. */
  function markedLines(pieces) {
    const lines = new Lines(shown.lines[part]);
    const begun = new Set();
    for (const piece of pieces) {
      const [text, ...marks] = typeof piece === "string" ? [piece] : piece;
      lines.add(text, marks, begun);
    }
    lines.made.forEach(line => line.classList.toggle("blank", !line.textContent.replaceAll("⏎", "").trim()));
    return lines.made;
  }

  class Lines {
    constructor(first) {
      this.number = first;
      this.made = [];
      this.begin();
    }
    begin() {
      this.line = element("div", undefined, {className: "text-line", dir: "auto", "data-line": this.number++});
      this.made.push(this.line);
    }
    add(text, marks, begun) {
      const removed = marks.length && ["drop", "replace"].includes(shown.findings[marks[0]].verb);
      text.split("\n").forEach((line, index, {length}) => {
        if (index) this.begin();
        const broken = removed && index + 1 < length;
        if (line || broken || length === 1) this.put(line, marks, broken);
      });
      const mark = marks[0];
      if (mark !== undefined && shown.findings[mark].verb === "replace" && !begun.has(mark)) {
        const is = element("ins", undefined, {"data-mark": mark, className: familyClass(rules[shown.findings[mark].rule])});
        append(is, shown.findings[mark].suggestion ?? "", true);
        this.line.append(is);
      }
      marks.forEach(mark => begun.add(mark));
    }
    put(text, marks, broken) {
      const content = marks.reduceRight((inner, mark) => {
        const outer = wrapped(mark);
        outer.append(inner);
        return outer;
      }, fragment(text, marks.length > 0, broken));
      this.line.append(content);
    }
  }

  function wrapped(mark) {
    const finding = shown.findings[mark];
    const rule = rules[finding.rule];
    const names = {drop: "del", replace: "del", flag: "mark", reject: "mark"};
    const likely = finding.suggestion !== undefined && finding.verb !== "drop" ? `\n${finding.verb === "flag" ? "likely" : "now"}: ${finding.suggestion}` : "";
    const title = visible(`${VERBS[finding.verb]} by ${rule}: ${finding.message}${likely}${finding.reason ? `\n${finding.reason}` : ""}`);
    const kind = finding.verb === "kept" ? " held" : "";
    const made = element(names[finding.verb] ?? "span", undefined, {"data-mark": mark, className: familyClass(rule) + kind});
    if (finding.verb !== "also") made.title = title;
    return made;
  }

  function fragment(text, everything, broken) {
    const made = document.createDocumentFragment();
    append(made, text.replace(/\r$/, ""), everything);
    if (broken) made.append(element("span", "⏎", {className: "break"}));
    return made;
  }

  /** The text as it comes out. */
  function cleanLines(pieces) {
    const done = new Set();
    let text = "";
    for (const piece of pieces) {
      const [original, ...marks] = typeof piece === "string" ? [piece] : piece;
      const edit = marks.find(mark => ["drop", "replace"].includes(shown.findings[mark].verb));
      if (edit === undefined) text += original;
      else if (shown.findings[edit].verb === "replace" && !done.has(edit)) text += shown.findings[edit].suggestion ?? "";
      done.add(edit);
    }
    return text.split("\n").map(line => {
      const made = element("div", undefined, {className: "text-line", dir: "auto"});
      append(made, line.replace(/\r$/, ""), false);
      return made;
    });
  }

  function append(parent, text, everything) {
    text.split(everything ? INVISIBLE_HERE : INVISIBLE).forEach((piece, index) => {
      if (index % 2 && piece !== "\t" && piece !== "\n") parent.append(element("span", codePoint(piece), {className: "code-point"}));
      else if (piece) parent.append(piece);
    });
  }

  const codePoint = char => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const visible = text => text.split(INVISIBLE).map((piece, index) => index % 2 && piece !== "\n" ? `<${codePoint(piece)}>` : piece).join("");

  function fillFindings() {
    const here = shown.findings.flatMap((finding, mark) => finding.part === part || !finding.line ? [mark] : []);
    const told = here.filter(mark => shown.findings[mark].verb !== "also");
    const also = here.length - told.length;
    const more = told.length > MOST_LISTED ? `, the first ${MOST_LISTED}` : "";
    $("findings-told").textContent = `${counted(told.length)}${shown.parts.length > 1 ? " in this part" : ""}${more}`;
    $("also-told").textContent = also ? `and ${number(also)} by rules whose place another rule had changed already` : "";
    $("findings").replaceChildren(...told.slice(0, MOST_LISTED).map(listed));
  }

  function listed(mark) {
    const finding = shown.findings[mark];
    const rule = rules[finding.rule];
    const item = element("li", undefined, {className: familyClass(rule), "data-mark": mark});
    const place = finding.line ? `line ${number(finding.line)}` : "the document";
    item.append(element("button", `${VERBS[finding.verb]}, ${place}`, {type: "button", className: "go"}), element("p", visible(rule), {className: "soft"}));
    const message = element("p", undefined, {dir: "auto"});
    message.textContent = visible(finding.message);
    item.append(message);
    const was = finding.verb === "replace" || finding.suggestion !== undefined ? original(mark) : "";
    if (finding.verb !== "drop" && finding.suggestion !== undefined) {
      const line = element("p");
      line.append(element("bdi", visible(was)), finding.verb === "replace" ? " → " : " ← likely ", element("bdi", visible(finding.suggestion)), spelt(was, finding));
      item.append(line);
    }
    if (finding.reason) item.append(element("p", `kept: ${visible(finding.reason)}`));
    if (finding.score !== undefined) item.append(element("p", `certainty ${finding.score}`, {className: "soft"}));
    if (finding.verb !== "kept") {
      item.append(element("button", "copy a rule turning this off", {type: "button", "data-off": rule}));
    }
    return item;
  }

  function original(mark) {
    return shown.parts[part].map(piece => typeof piece !== "string" && piece.includes(mark, 1) ? piece[0] : "").join("").slice(0, 300);
  }

  /** Code points of a short repair, which the eye may not tell apart. */
  function spelt(was, {verb, suggestion}) {
    const short = Math.max([...was].length, [...suggestion].length) <= SPELT_OUT;
    if (verb !== "replace" || !short || /^[ -~]*$/.test(was + suggestion)) return "";
    const points = text => [...text].map(codePoint).join(" ") || "nothing";
    return ` (${points(was)} → ${points(suggestion)})`;
  }

  function highlight() {
    if (!globalThis.Highlight) return;
    CSS.highlights.clear();
    const query = $("search").value.toLowerCase();
    if (!query) return;
    const ranges = [];
    const walker = document.createTreeWalker($("text"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.data.toLowerCase();
      if (text.length !== walker.currentNode.data.length) continue; // some letters grow when made small
      for (let from = text.indexOf(query); from >= 0; from = text.indexOf(query, from + query.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, from);
        range.setEnd(walker.currentNode, from + query.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("searched", new Highlight(...ranges));
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
    const marked = document.querySelectorAll(`[data-mark="${mark}"]`);
    marked.forEach(one => one.classList.add("current"));
    $("findings").querySelector(".current")?.scrollIntoView({block: "center"});
    $("text").querySelector(".current")?.scrollIntoView({block: "center"});
    $("told").textContent = `${VERBS[finding.verb]}: ${visible(rules[finding.rule])}`;
  }

  const stepped = contents => contents.findings.flatMap((finding, mark) =>
    finding.verb !== "also" && belongs(rules[finding.rule], $("rule").value) ? [mark] : []);

  async function step(by) {
    if (!shown) return;
    const marks = stepped(shown);
    const next = by > 0 ? marks.find(mark => mark > current) : marks.findLast(mark => current >= 0 && mark < current);
    if (next !== undefined) return select(next);
    for (let place = at + by; chosen[place]; place += by) { // on to the next document with any
      if (!chosen[place].findings) continue;
      const others = stepped((await block(chosen[place].block))[chosen[place].place]);
      if (others.length) return show(place, by > 0 ? others[0] : others.at(-1));
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

  async function follow() {
    const target = decoded(location.hash.slice(1));
    const place = /^d(\d+)$/.exec(target);
    const rule = /^rule=(.*)$/s.exec(target);
    openTab(place || rule ? "documents" : target);
    if (rule) {
      showAll();
      if (![...$("rule").options].some(option => option.value === rule[1])) $("rule").append(element("option", visible(rule[1]), {value: rule[1]}));
      $("rule").value = rule[1];
      await refilter();
      await step(1);
    } else if (place && chosen[at]?.number !== Number(place[1])) {
      if (!chosen.some(one => one.number === Number(place[1]))) showAll();
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
    const documents = new Map();
    for (const one of all) {
      const names = new Set(one.rules.flatMap(index => prefixes(rules[index])));
      names.forEach(name => documents.set(name, (documents.get(name) ?? 0) + 1));
    }
    for (const name of [...documents.keys()].sort()) {
      const indent = "\u2003".repeat(rules.includes(name) || name !== "own" ? name.split("/").length - 1 : 0);
      $("rule").append(element("option", `${indent}${visible(name)} (${number(documents.get(name))})`, {value: name}));
    }
    const languages = [...new Set(all.map(one => one.language))].filter(Boolean).sort();
    languages.forEach(language => $("language").append(element("option", visible(language), {value: language})));
  }

  function prefixes(rule) {
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
    $("reset").addEventListener("click", () => { showAll(); refilter(); });
    $("page-before").addEventListener("click", () => { listPage--; fillList(); });
    $("page-after").addEventListener("click", () => { listPage++; fillList(); });
    $("finding-before").addEventListener("click", () => step(-1));
    $("finding-after").addEventListener("click", () => step(1));
    $("part-before").addEventListener("click", () => turnPart(-1));
    $("part-after").addEventListener("click", () => turnPart(1));
    $("clean").addEventListener("click", toggleClean);
    $("help-button").addEventListener("click", toggleHelp);
    document.addEventListener("click", event => {
      const off = event.target.closest("[data-off]"), sort = event.target.closest("[data-sort]"), mark = event.target.closest("[data-mark]");
      if (off) copyOff(off);
      else if (sort) sortRules(sort);
      else if (mark && getSelection().isCollapsed) select(Number(mark.dataset.mark));
    });
    document.addEventListener("keydown", event => {
      if (event.key === "Escape") document.activeElement.blur();
      const typing = event.target.closest?.("input, select, textarea");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key] || $("documents").hidden) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    addEventListener("hashchange", follow);
  }

  async function start() {
    openTab(location.hash.slice(1));
    if (!globalThis.DecompressionStream) {
      $("told").textContent = "This browser cannot unpack the documents; one of 2023 or later can.";
      return;
    }
    const index = await unpacked("index");
    ({rules, signals} = index);
    all = index.documents.map(row => Object.fromEntries(FIELDS.map((name, place) => [name, row[place]])));
    chosen = all;
    fillFilters();
    listen();
    if (all.length) await show(0, -1, {move: false});
    else fillList();
    $("told").textContent = `${number(all.length)} documents`;
    await follow();
    document.documentElement.dataset.ready = "true";
  }

  start();
})();
