/**
 * The time of this run, such as `2026-11-21T16:16:55Z`. It is part of each convergence id that stands for work to do, so
 * that no state holds that id already.
 */
export const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
