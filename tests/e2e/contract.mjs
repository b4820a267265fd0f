// Whether the made-up hall answers as the service does: what the mock gives and the service does not is a page that works here alone.

/** Shown where the service gives it, and not missed where it does not: what the audio was asked, a sentence's Chinese. */
const OPTIONAL = /(evidence\.ratio|_zh)$/;

/**
 * The shape of a value: by path the kinds of value there. Elements of a list are one.
 * @param {unknown} value
 * @returns {Map<string, Set<string>>}
 */
function shapeOf(value, path = "", shape = new Map()) {
  const kind = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  shape.set(path, (shape.get(path) ?? new Set()).add(kind));
  if (kind === "list") for (const one of value) shapeOf(one, `${path}[]`, shape);
  if (kind === "object") for (const [key, one] of Object.entries(value)) shapeOf(one, `${path}.${key}`, shape);
  return shape;
}

const parentOf = (path) => path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));

/**
 * What `made` has that `real` has not, or has of another kind. Of what is in an empty list nothing can be said.
 * @param {unknown} real @param {unknown} made
 * @returns {string[]} one line a difference, without those below it
 */
export function differences(real, made) {
  const [there, here] = [shapeOf(real), shapeOf(made)];
  const found = [];
  for (const [path, kinds] of here) {
    const theirs = there.get(path);
    if (!theirs) {
      const parent = there.get(parentOf(path));
      if (parent?.has("object") && !OPTIONAL.test(path)) found.push(`${path}: the service does not give it`);
      continue;
    }
    const values = (set) => [...set].filter((kind) => kind !== "null");
    if (values(theirs).length && values(kinds).length && !values(kinds).every((kind) => theirs.has(kind))) found.push(`${path}: ${values(kinds)} here, ${values(theirs)} there`);
  }
  return found;
}
