// The part of ECharts that the pages use.
export interface Chart {
  setOption(option: any, how?: any): void;
  resize(): void;
  dispose(): void;
  on(event: string, run: (at: any) => void): void;
  off(event: string): void;
}
export function init(element: HTMLElement, theme?: any, how?: any): Chart;
export function use(parts: any[]): void;
