// Every text stands in both languages, is used, and is asked for by a key that there is.
//   node --test tests/e2e/words.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { WORDS } from "../../src/web/assets/js/words.js";

const ROOT = fileURLToPath(new URL("../../src/web/assets/js/", import.meta.url));
const files = readdirSync(ROOT, { recursive: true }).map(String).filter((path) => path.endsWith(".js"));
const read = (path) => readFileSync(join(ROOT, path), "utf8");
const code = files.filter((path) => !path.startsWith("words")).map(read).join("\n");
const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("each text stands in Chinese and in English, with the same values to fill in", () => {
  for (const [key, pair] of Object.entries(WORDS)) {
    assert.equal(pair.length, 2, key);
    assert.ok(pair[0].trim() && pair[1].trim(), `${key} is empty`);
    assert.deepEqual(holes(pair[0]), holes(pair[1]), `${key} has other values in English`);
  }
});

test("no key stands in two files of words", () => {
  const all = files.filter((path) => path.startsWith("words/")).flatMap((path) => [...read(path).matchAll(/^ {2}"([^"]+)":/gm)].map((match) => match[1]));
  assert.deepEqual(all.filter((key, at) => all.indexOf(key) !== at), []);
  assert.equal(all.length, Object.keys(WORDS).length);
});

test("each key that the pages ask for is there", () => {
  const asked = [...code.matchAll(/\bt\(\s*"([^"]+)"/g), ...code.matchAll(/\bt\([^()]*?\? "([a-z-]+\.[a-z-]+)"/g), ...code.matchAll(/: "([a-z-]+\.[a-z-]+)"[,)]/g)].map((match) => match[1]);
  assert.ok(asked.length > 250, "the pattern no longer finds the texts");
  assert.deepEqual(asked.filter((key) => !WORDS[key]), []);
});

test("each text is used", () => {
  // Literally, or as one of a group: tOf("group", …) and t(`group.${…}`).
  const groups = new Set([...code.matchAll(/\btOf\("([^"]+)"/g), ...code.matchAll(/\bt\(`([\w-]+)\.\$\{/g)].map((match) => match[1]));
  const unused = Object.keys(WORDS).filter((key) => !code.includes(`"${key}"`) && !groups.has(key.slice(0, key.indexOf("."))));
  assert.deepEqual(unused, []);
});
