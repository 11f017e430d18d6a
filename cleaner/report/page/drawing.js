// A document as elements. All that comes with it becomes text, never markup.

const MOST_LISTED = 400; // findings beside a part of a text
const MOST_TOLD = 300; // characters of what a finding is about
const SPELT_OUT = 3; // characters of a repair whose code points are told
const FAMILIES = ["boilerplate", "encoding", "garbled", "quality"];
const VERBS = {drop: "removed", replace: "repaired", flag: "flagged", reject: "reason to reject", kept: "seen but kept", also: "also seen"};
const TAGS = {drop: "del", replace: "del", flag: "mark", reject: "mark"};
// Nobody sees these, and some change how the rest is seen: shown by their code points.
const INVISIBLE = /([\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])/u;
const INVISIBLE_HERE = /([\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00a0])/u; // where a rule saw something, all that is invisible

function element(name, content, properties = {}) {
  const made = document.createElement(name);
  if (content !== undefined) made.textContent = content;
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  return made;
}

const codePoint = char => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
const visible = text => text.split(INVISIBLE).map((piece, index) => index % 2 && piece !== "\n" ? `<${codePoint(piece)}>` : piece).join("");
const familyClass = rule => FAMILIES.includes(family(rule)) ? family(rule) : "own";
const number = value => value.toLocaleString("en");
const counted = findings => `${number(findings)} finding${findings === 1 ? "" : "s"}`;
const isEdit = finding => finding.verb === "drop" || finding.verb === "replace";

function append(parent, text, invisible = INVISIBLE) {
  text.split(invisible).forEach((piece, index) => {
    if (index % 2 && piece !== "\t" && piece !== "\n") parent.append(element("span", codePoint(piece), {className: "code-point"}));
    else if (piece) parent.append(piece);
  });
}

/** Lines of an original, each piece in the elements that its findings ask for; `first` is the number of the first line. */
function markedLines(pieces, findings, first) {
  const lines = new MarkedLines(findings, first);
  pieces.forEach(piece => typeof piece === "string" ? lines.add(piece, []) : lines.add(piece[0], piece.slice(1)));
  lines.made.forEach(line => line.classList.toggle("blank", !line.textContent.replaceAll("⏎", "").trim()));
  return lines.made;
}

class MarkedLines {
  #findings;
  #number;
  #line;
  #done = new Set(); // repairs whose new text stands there
  made = [];

  constructor(findings, first) {
    this.#findings = findings;
    this.#number = first;
    this.#begin();
  }

  #begin() {
    this.#line = element("div", undefined, {className: "text-line", dir: "auto", "data-line": this.#number++});
    this.made.push(this.#line);
  }

  /** Add text to which findings with these numbers apply, an edit first. */
  add(text, marks) {
    const edit = marks.length && isEdit(this.#findings[marks[0]]) ? this.#findings[marks[0]] : null;
    text.split("\n").forEach((content, index, {length}) => {
      if (index) this.#begin();
      const broken = edit && index + 1 < length;
      if (content || broken || length === 1) this.#put(content.replace(/\r$/, ""), marks, broken);
    });
    if (edit?.verb === "replace" && !this.#done.has(edit)) {
      this.#done.add(edit);
      const now = element("ins", undefined, {"data-mark": marks[0], className: familyClass(edit.rule)});
      append(now, edit.suggestion ?? "", INVISIBLE_HERE);
      this.#line.append(now);
    }
  }

  #put(text, marks, broken) {
    const inner = document.createDocumentFragment();
    append(inner, text, marks.length ? INVISIBLE_HERE : INVISIBLE);
    if (broken) inner.append(element("span", "⏎", {className: "break"}));
    this.#line.append(marks.reduceRight((content, mark) => {
      const around = wrapper(this.#findings[mark], mark);
      around.append(content);
      return around;
    }, inner));
  }
}

/** The element around text that a finding is about; to point at it tells the rule and what was likely meant. */
function wrapper(finding, mark) {
  const className = familyClass(finding.rule) + (finding.verb === "kept" ? " held" : "");
  const made = element(TAGS[finding.verb] ?? "span", undefined, {"data-mark": mark, className});
  const lines = [`${VERBS[finding.verb]} by ${finding.rule}: ${finding.message}`];
  if (finding.suggestion !== undefined) lines.push(`${finding.verb === "replace" ? "now" : "likely"}: ${finding.suggestion}`);
  if (finding.reason) lines.push(finding.reason);
  if (finding.verb !== "also") made.title = lines.map(visible).join("\n");
  return made;
}

/** Lines of the text as it went out. */
function cleanLines(pieces, findings) {
  const done = new Set();
  let text = "";
  for (const piece of pieces) {
    const [original, ...marks] = typeof piece === "string" ? [piece] : piece;
    const edit = marks.map(mark => findings[mark]).find(isEdit);
    if (!edit) text += original;
    else if (edit.verb === "replace" && !done.has(edit)) text += edit.suggestion ?? "";
    done.add(edit);
  }
  return text.split("\n").map(line => {
    const made = element("div", undefined, {className: "text-line", dir: "auto"});
    append(made, line.replace(/\r$/, ""));
    return made;
  });
}

/** What stands beside a text of a finding; `was` is what it is about. */
function listed(finding, mark, was) {
  const item = element("li", undefined, {className: familyClass(finding.rule), "data-mark": mark});
  const place = finding.line ? `line ${number(finding.line)}` : "the document";
  item.append(element("button", `${VERBS[finding.verb]}, ${place}`, {type: "button", className: "go"}));
  item.append(element("p", visible(finding.rule), {className: "soft"}));
  item.append(element("p", visible(finding.message), {dir: "auto"}));
  if (finding.suggestion !== undefined && finding.verb !== "drop") {
    const line = element("p");
    const between = finding.verb === "replace" ? " → " : " ← likely ";
    line.append(element("bdi", visible(was.slice(0, MOST_TOLD))), between, element("bdi", visible(finding.suggestion)), spelt(was, finding));
    item.append(line);
  }
  if (finding.reason) item.append(element("p", `kept: ${visible(finding.reason)}`));
  if (finding.score !== undefined) item.append(element("p", `certainty ${finding.score}`, {className: "soft"}));
  if (finding.verb !== "kept") {
    item.append(element("button", "copy a rule turning this off", {type: "button", "data-off": finding.rule}));
  }
  return item;
}

/** Code points of a short repair, which the eye may not tell apart. */
function spelt(was, {verb, suggestion}) {
  const short = Math.max([...was].length, [...suggestion].length) <= SPELT_OUT;
  if (verb !== "replace" || !short || /^[ -~]*$/.test(was + suggestion)) return "";
  const points = text => [...text].map(codePoint).join(" ") || "nothing";
  return ` (${points(was)} → ${points(suggestion)})`;
}
