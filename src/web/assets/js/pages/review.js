// The inbox of findings. j and k go through it, u upholds, d dismisses, space plays; the address says what is looked at.
import { html, useEffect, useRef, useState } from "../vendor.js";
import { Filters, toApi } from "../review/filters.js";
import { FindingList } from "../review/list.js";
import { Detail } from "../review/detail.js";
import { flush, rule, takeBack } from "../review/steps.js";
import { Bulk } from "../review/bulk.js";
import { Empty, Trouble } from "../ui/parts.js";
import { Icon } from "../ui/icon.js";
import { usePages } from "../ui/load.js";
import { useKeys } from "../keys.js";
import { onEvent } from "../live.js";
import { route, setQuery } from "../router.js";
import { t } from "../i18n.js";

/** Narrower than this there is room for the list or a finding, not for both. */
const NARROW = "(max-width: 899px)";

export default function Review() {
  const query = route.value.query;
  const { rows, error, busy, head, more, again, edit } = usePages("/findings", toApi(query));
  const [chosen, setChosen] = useState(/** @type {Set<number>} */ (new Set()));
  const [fresh, setFresh] = useState(0);
  const [ruled, setRuled] = useState(/** @type {Record<number, string>} */ ({}));
  const [search, control, field] = [useRef(), useRef(), useRef()];
  const id = query.id ? Number(query.id) : null;
  const index = rows.findIndex((row) => row.id === id);

  /** @param {number} to @param {boolean} [replace] */
  const open = (to, replace = true) => setQuery({ id: to }, replace);
  useEffect(() => {
    // There is always something to look at where there is room for it.
    if (id == null && rows.length && !matchMedia(NARROW).matches) open(rows[0].id);
  }, [id, rows]);
  useEffect(() => () => flush(), []);
  useEffect(
    () =>
      onEvent((kind, data) => {
        if (kind === "finding") setFresh((n) => n + 1);
        // A colleague was quicker: the row says so at once.
        const ruling = data.body?.ruling;
        if (kind === "review" && ruling) edit((all) => all.map((row) => (row.id === data.body.finding ? { ...row, review: ruling } : row)));
      }),
    [],
  );

  const reread = () => {
    setFresh(0);
    again();
  };
  const step = (/** @type {number} */ by) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index < 0 ? 0 : index + by))];
    if (next) open(next.id);
    if (index + by >= rows.length - 3) more();
  };
  /** @param {number} of @param {object} what */
  const change = (of, what) => edit((all) => all.map((row) => (row.id === of ? { ...row, ...what } : row)));
  /** @param {any} finding @param {"upheld"|"dismissed"} ruling @param {string} reason */
  const onRule = (finding, ruling, reason) => {
    const before = rows.find((row) => row.id === finding.id)?.review ?? "unreviewed";
    const settle = () => setRuled(({ [finding.id]: _, ...rest }) => rest);
    setRuled((old) => ({ ...old, [finding.id]: ruling }));
    change(finding.id, { review: ruling });
    rule({
      id: finding.id,
      ruling,
      reason,
      onSent: settle,
      onBack: () => {
        settle();
        change(finding.id, { review: before });
      },
    });
    step(1);
  };
  const press = (/** @type {string} */ selector) => /** @type {HTMLElement|null} */ (document.querySelector(selector))?.click();
  const choose = (/** @type {any} */ row, /** @type {boolean} */ whole) =>
    setChosen((old) => {
      const next = new Set(old);
      for (const one of whole ? rows.filter((each) => each.group === row.group) : [row])
        old.has(row.id) ? next.delete(one.id) : next.add(one.id);
      return next;
    });
  useKeys([
    { key: "j", label: t("keys.next"), run: () => step(1) },
    { key: "k", label: t("keys.previous"), run: () => step(-1) },
    { key: "ArrowDown", label: "", hidden: true, run: () => step(1) },
    { key: "ArrowUp", label: "", hidden: true, run: () => step(-1) },
    { key: "space", label: t("keys.play"), run: () => control.current?.toggle() },
    { key: "u", label: t("review.uphold"), run: () => press(".actions .danger:not(:disabled)") },
    { key: "d", label: t("keys.dismiss"), run: () => field.current?.focus() },
    { key: "z", label: t("action.undo"), run: takeBack },
    { key: "x", label: t("keys.choose"), run: () => index >= 0 && choose(rows[index], false) },
    { key: "X", label: t("keys.choose-group"), run: () => index >= 0 && choose(rows[index], true) },
    { key: "/", label: t("keys.search"), run: () => search.current?.focus() },
    { key: "r", label: t("keys.reload"), run: reread },
    { key: "Escape", label: t("keys.back"), run: () => (chosen.size ? setChosen(new Set()) : setQuery({ id: "" })) },
  ]);

  return html`
    <div class="review" data-open=${id != null ? "yes" : "no"}>
      <h1 class="for-readers">${t("nav.review")}</h1>
      <${Filters} unread=${head?.unread ?? null} unreviewed=${head?.unreviewed ?? null} fresh=${fresh} onFresh=${reread} search=${search} />
      <section class="review-list">
        <${Trouble} error=${error} retry=${again} />
        <${FindingList}
          rows=${rows}
          current=${id}
          chosen=${chosen}
          busy=${busy}
          onOpen=${(/** @type {number} */ to) => open(to, id != null)}
          onChoose=${choose}
          onEnd=${more}
        />
        ${!rows.length && !busy && !error && html`<${Empty} title=${t("review.nothing")}>${t("review.nothing-hint")}</${Empty}>`}
        ${
          chosen.size > 0 &&
          html`
            <${Bulk}
              ids=${[...chosen]}
              onClose=${() => setChosen(new Set())}
              onDone=${(/** @type {number[]} */ done, /** @type {string} */ ruling) => edit((all) => all.map((row) => (done.includes(row.id) ? { ...row, review: ruling } : row)))}
            />
          `
        }
      </section>
      <section class="review-detail">
        ${
          id != null &&
          html`
            <button class="button ghost back" onClick=${() => setQuery({ id: "" })}>
              <${Icon} name="left" />
              ${t("action.back")}
            </button>
            <${Detail}
              key=${id}
              id=${id}
              control=${control}
              field=${field}
              ruled=${ruled[id] ?? null}
              onRule=${onRule}
              onRead=${(/** @type {number} */ of) => change(of, { read: true })}
              onChanged=${(/** @type {any} */ finding) => change(finding.id, { review: finding.review })}
            />
          `
        }
      </section>
    </div>
  `;
}
