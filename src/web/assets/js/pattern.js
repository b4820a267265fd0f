// Wordings as rulebooks write them, and what was heard laid beside them. `[你|您]` is one of these, an empty one may be left
// out, `××` is anything.

/** @typedef {{text: string}|{any: string[], optional: boolean}} Piece plain words, or a choice */

/**
 * A wording in its pieces.
 * @param {string} pattern
 * @returns {Piece[]}
 */
export function piecesOf(pattern) {
  return pattern
    .split(/(\[[^\]]*\])/)
    .filter(Boolean)
    .map((part) => {
      if (!/^\[.*\]$/.test(part)) return { text: part };
      const all = part.slice(1, -1).split("|");
      return { any: all.filter(Boolean), optional: all.includes("") };
    });
}

/**
 * How somebody might say it: of each choice the first, of what may be left out nothing.
 * @param {string} pattern
 */
export function exampleOf(pattern) {
  return piecesOf(pattern)
    .map((piece) => ("text" in piece ? piece.text : piece.optional ? "" : (piece.any[0] ?? "")))
    .join("");
}

/**
 * What was owed, as people say it. The server names some of the wordings, parted by ` / `.
 * @param {string|null|undefined} phrase
 */
export const owedWords = (phrase) => [...new Set((phrase ?? "").split(" / ").map(exampleOf).filter(Boolean))].join(" / ");

/**
 * A step of an alignment as the service writes it: `时 shi⇥事 shi⇥0.00⇥same sound`, `－` for nothing, `××` for anything.
 * @param {string} line
 * @returns {import("./types.js").Aligned}
 */
export function alignedOf(line) {
  const [said, heard, cost, how] = line.split("\t");
  const character = (/** @type {string} */ side) => (side.startsWith("－") ? null : side.split(" ")[0]);
  const slot = how === "slot";
  return { said: slot ? null : character(said), heard: character(heard ?? ""), cost: Number(cost), slot };
}
