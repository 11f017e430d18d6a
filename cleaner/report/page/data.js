// What the page holds of documents: packed in blocks, each unpacked when a document in it is wanted.
"use strict";

const FIELDS = ["number", "id", "block", "place", "state", "before", "after", "findings", "flagged", "kept", "language", "garbled", "rules"];
const KEPT_BLOCKS = 6; // that stay unpacked

async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

class Contents {
  #blocks = new Map();
  #signals = [];
  rules = []; // ids, by number
  documents = []; // a row of the list for each

  async open() {
    const index = await unpacked("index");
    this.rules = index.rules;
    this.#signals = index.signals;
    this.documents = index.documents.map(row => Object.fromEntries(FIELDS.map((name, place) => [name, row[place]])));
  }

  /** Text, findings and signals of a document, given its row. */
  async of(row) {
    const found = (await this.#block(row.block))[row.place];
    const findings = found.findings.map(finding => ({...finding, rule: this.rules[finding.rule]}));
    return {...found, findings, signals: found.signals.map(([name, value]) => [this.#signals[name], value])};
  }

  async #block(number) {
    const found = this.#blocks.get(number) ?? await unpacked(`block-${number}`);
    this.#blocks.delete(number);
    this.#blocks.set(number, found); // the one used last stands last
    if (this.#blocks.size > KEPT_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value);
    return found;
  }

  /** Those of some documents with a query, in small letters, in their id or text; `told` hears how far it is, 0 to 1, and may end it. */
  async search(rows, query, told) {
    const byBlock = Map.groupBy(rows, row => row.block);
    const found = new Set();
    let done = 0;
    for (const [number, together] of byBlock) {
      if (!told(done++ / byBlock.size)) break;
      const contents = this.#blocks.get(number) ?? await unpacked(`block-${number}`);
      for (const row of together) {
        const within = () => contents[row.place].parts.map(textOf).join("").toLowerCase().includes(query);
        if (row.id.toLowerCase().includes(query) || within()) found.add(row);
      }
    }
    return rows.filter(row => found.has(row));
  }
}

/** The text of pieces, of which each is a string, or a string and the numbers of the findings that hold for it. */
const textOf = pieces => pieces.map(piece => typeof piece === "string" ? piece : piece[0]).join("");

const family = rule => rule.includes("/") ? rule.split("/", 1)[0] : "own";

/** Whether a rule is the one named, or belongs to the family or folder of that name; no name stands for all. */
const belongs = (rule, name) => !name || rule === name || rule.startsWith(`${name}/`) || (name === "own" && family(rule) === "own");
