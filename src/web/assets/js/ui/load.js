// Reading something from the server for a component.
import { useEffect, useRef, useState } from "../vendor.js";
import { api } from "../api.js";
import { generation } from "../live.js";

/**
 * Reads `path` again whenever the path, the query or the stream's generation changes. The old data stay while new data are
 * on their way, so that nothing jumps.
 * @param {string|null} path null: nothing is read
 * @param {Record<string, unknown>} [query]
 * @param {{everyMs?: number}} [how]
 * @returns {{data: any, error: Error|null, busy: boolean, again: () => void}}
 */
export function useLoad(path, query = {}, how = {}) {
  const [state, setState] = useState(
    /** @type {{data: any, error: Error|null, busy: boolean, of: string|null}} */ ({ data: null, error: null, busy: true, of: null }),
  );
  const [round, setRound] = useState(0);
  const key = JSON.stringify([path, query]);
  const shown = useRef("");
  useEffect(() => {
    if (!path) return;
    const stop = new AbortController();
    setState((old) => ({ ...old, busy: true }));
    api.get(path, query, stop.signal).then(
      (data) => {
        shown.current = key;
        setState({ data, error: null, busy: false, of: path });
      },
      (error) => error.name !== "AbortError" && setState((old) => ({ ...old, error, busy: false })),
    );
    return () => stop.abort();
  }, [key, round, generation.value]);
  useEffect(() => {
    if (!how.everyMs) return;
    const timer = setInterval(() => document.visibilityState === "visible" && setRound((n) => n + 1), how.everyMs);
    return () => clearInterval(timer);
  }, [how.everyMs]);
  return { data: state.of === path ? state.data : null, error: state.error, busy: state.busy, again: () => setRound((n) => n + 1) };
}

/**
 * A list that comes in pages. `rows` grows as `more` is called.
 * @param {string} path
 * @param {Record<string, unknown>} query
 */
export function usePages(path, query) {
  const [state, setState] = useState(
    /** @type {{rows: any[], next: string|null, error: Error|null, busy: boolean, head: any}} */ ({
      rows: [],
      next: null,
      error: null,
      busy: true,
      head: null,
    }),
  );
  const [round, setRound] = useState(0);
  const key = JSON.stringify([path, query]);
  const current = useRef("");
  const fetching = useRef(false);
  /** @param {string|null} after */
  const read = (after) => {
    fetching.current = true;
    setState((old) => ({ ...old, busy: true }));
    api.get(path, { limit: 50, ...query, after }).then(
      (page) => {
        // The filters may have changed while the answer was under way.
        if (current.current !== key) return;
        fetching.current = false;
        setState((old) => ({
          rows: after ? [...old.rows, ...page.items] : page.items,
          next: page.next,
          error: null,
          busy: false,
          head: page,
        }));
      },
      (error) => {
        fetching.current = false;
        setState((old) => ({ ...old, error, busy: false }));
      },
    );
  };
  useEffect(() => {
    current.current = key;
    read(null);
  }, [key, round, generation.value]);
  return {
    ...state,
    more: () => state.next && !fetching.current && read(state.next),
    again: () => setRound((n) => n + 1),
    /** Changes rows in place, once something about them is learnt. @param {(rows: any[]) => any[]} change */
    edit: (change) => setState((old) => ({ ...old, rows: change(old.rows) })),
  };
}

/**
 * Waits for a job of the server, asking as often as is polite.
 * @param {number|string|null} id
 * @param {(job: import("../types.js").Job) => void} onChange
 */
export function useJob(id, onChange) {
  useEffect(() => {
    if (id == null) return;
    let timer = 0;
    let stopped = false;
    const ask = () =>
      api.get(`/jobs/${id}`).then(
        (job) => {
          if (stopped) return;
          onChange(job);
          if (job.state === "waiting" || job.state === "running") timer = setTimeout(ask, 500);
        },
        (error) => !stopped && onChange({ state: "failed", progress: 0, result: null, problem: error }),
      );
    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [id]);
}
