// The one door to Preact, htm and signals.
export * from "../vendor/preact.js";
