/** One time stamp a program, such as `2026-11-21T16:16:55Z`: it makes each difference that was found an update, whatever the state says. */
export const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
