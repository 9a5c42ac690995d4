import { secretForm } from "./secret-form.js";

/**
 * `Found "x".`, the value that a fault is about, cut to 120 characters. The empty string when there is none, or when it
 * may be a secret.
 */
export function foundText(key: PropertyKey | undefined, found: unknown): string {
  if (found === undefined || isSecret(key)) return "";
  const text = JSON.stringify(found, (inner, value: unknown) => (isSecret(inner) ? "…" : value));
  if (secretForm.test(text) || /:\/\/[^/@"]*@/.test(text)) return "";
  return `Found ${text.length > 120 ? `${text.slice(0, 117)}…` : text}.`;
}

/** Options whose value may be a secret that was put in the wrong place. */
function isSecret(key: PropertyKey | undefined): boolean {
  return key === "psk" || key === "pskRaw" || key === "authKey";
}
