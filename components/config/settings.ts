import { z } from "zod";
import { pskAdvice } from "./wifi.js";
import { secretForm } from "./secret-form.js";

/** NixOS options as data, with no passphrase in them. */
export const settings = z.record(z.string(), z.json()).superRefine((value, ctx) => {
  for (const { path, value: found } of passphrases(value)) {
    ctx.addIssue({ code: "custom", path, message: pskAdvice, input: found });
  }
  for (const path of secretLooking(value)) ctx.addIssue({ code: "custom", path, message: secretAdvice });
});

export const secretAdvice =
  "this looks like a secret, and settings end in the Nix store, which everybody on the Pi may read: keep it in a file " +
  "on the Pi, and name the file";

/** Where a text has the form of a GitHub, Tailscale or private key. */
export function secretLooking(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value === "string") return secretForm.test(value) ? [path] : [];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => secretLooking(inner, [...path, key]));
}

export function passphrases(
  value: unknown,
  path: (string | number)[] = [],
): { path: (string | number)[]; value: unknown }[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) => {
    const here = [...path, key];
    const isReference = key === "pskRaw" && typeof inner === "string" && inner.startsWith("ext:");
    if ((key === "psk" || key === "pskRaw") && inner !== null && !isReference)
      return [{ path: here, value: inner }];
    return passphrases(inner, here);
  });
}
