// What the program carries is what the folder holds, and every module finds what it imports.
//   node --test tests/e2e/assets.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../src/web/assets/", import.meta.url));
const files = readdirSync(ROOT, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(ROOT.length));
const read = (path) => readFileSync(join(ROOT, path), "utf8");
/** For those who build the program, not for browsers. */
const isServed = (path) => !/\.rs$|\.d\.ts$|README\.md$/.test(path);

test("the list names every file that is served, and no other", { skip: !existsSync(join(ROOT, "list.rs")) }, () => {
  const listed = [...read("list.rs").matchAll(/\("([^"]+)", include_bytes/g)].map((match) => match[1]);
  // The page that describes the API has its own style sheet.
  assert.deepEqual(listed.filter((path) => path !== "docs.css").sort(), files.filter((path) => isServed(path) && path !== "docs.css").sort());
});

test("every import leads to a file", () => {
  for (const path of files.filter((one) => one.startsWith("js/") && one.endsWith(".js"))) {
    for (const [, to] of read(path).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      assert.ok(files.includes(normalize(join(dirname(path), to))), `${path} imports ${to}`);
    }
  }
});

test("the page names files that are there, and has no script or style of its own", () => {
  const page = read("index.html");
  for (const [, path] of page.matchAll(/"\/assets\/-\/([^"]+)"/g)) assert.ok(files.includes(path), path);
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]*src=)|\son\w+=/);
});

test("what the wall needs is asked for at once", () => {
  const found = new Set();
  const follow = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, to] of read(path).matchAll(/(?:from|^import)\s+"(\.[^"]+)"/gm)) follow(normalize(join(dirname(path), to)));
  };
  ["js/app.js", "js/pages/wall.js"].forEach(follow);
  found.delete("js/app.js");
  const preloaded = [...read("index.html").matchAll(/modulepreload" href="\/assets\/-\/([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(preloaded.sort(), [...found].sort());
});

test("nothing is loaded from outside, and no markup is parsed from text", () => {
  for (const path of files.filter((one) => /^(js|css)\//.test(one))) {
    assert.doesNotMatch(read(path), /https?:\/\/(?!127\.0\.0\.1|localhost)|innerHTML|dangerouslySetInnerHTML|\beval\(|@import/, path);
  }
});

test("no file of ours is longer than 400 lines", () => {
  for (const path of files.filter((one) => /^(js|css)\//.test(one))) assert.ok(read(path).split("\n").length <= 400, path);
});
