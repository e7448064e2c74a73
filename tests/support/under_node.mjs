// Asks the page's check (check.js) single questions, one a line: a JSON list of a function's name and its arguments.
// Bytes are given as {"hex": "..."}. Answers are JSON, one a line.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const script = readFileSync(new URL("../../cli/documents/templates/check.js", import.meta.url), "utf8");
const inblue = vm.runInThisContext(`${script}\ninblue;`);
const given = (value) => (value !== null && typeof value === "object" && typeof value.hex === "string"
  ? Uint8Array.from(value.hex.match(/../g) || [], (pair) => parseInt(pair, 16)) : value);

// An inclusion proof, whose path is a list of hex.
inblue.proved = (leaf, index, size, path, root) =>
  inblue.includes(leaf, index, size, path.map((each) => given({ hex: each })), root);

// A consistency proof, in the same way.
inblue.extended = (first, second, earlier, later, path) =>
  inblue.extendsTo(first, second, earlier, later, path.map((each) => given({ hex: each })));

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [name, ...words] = JSON.parse(line);
  let said = null;
  try {
    said = await inblue[name](...words.map(given));
  } catch (error) {
    said = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
