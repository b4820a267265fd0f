// The part of Preact, htm and signals that the pages use.
export type Child = any;
export interface Signal<T> { value: T; peek(): T; }
export function html(strings: TemplateStringsArray, ...values: any[]): any;
export function h(type: any, props?: any, ...children: any[]): any;
export function render(child: any, parent: Element): void;
export function createRef<T = any>(): { current: T | null };
export const Fragment: any;
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((old: T) => T)) => void];
export function useEffect(run: () => void | (() => void), deps?: any[]): void;
export function useLayoutEffect(run: () => void | (() => void), deps?: any[]): void;
export function useRef<T = any>(initial?: T | null): { current: any };
export function useMemo<T>(make: () => T, deps?: any[]): T;
export function useCallback<T>(f: T, deps?: any[]): T;
export function useErrorBoundary(): [any, () => void];
export function signal<T>(value: T): Signal<T>;
export function computed<T>(f: () => T): Signal<T>;
export function effect(f: () => void | (() => void)): () => void;
export function batch<T>(f: () => T): T;
export function untracked<T>(f: () => T): T;
export function useSignal<T>(value: T): Signal<T>;
export function useComputed<T>(f: () => T): Signal<T>;
export function useSignalEffect(f: () => void | (() => void)): void;
