import { z } from "zod";
import { secretForm } from "./secret-form.js";
import { pskAdvice } from "./wifi.js";

type Path = (string | number)[];

/** `hosts.NAME.settings`: NixOS options as data. Everybody on the Pi can read them, so none may be a secret. */
export const settings = z.record(z.string(), z.json()).superRefine((value, ctx) => {
  for (const { path, value: found } of passphrases(value)) {
    ctx.addIssue({ code: "custom", path, message: pskAdvice, input: found });
  }
  for (const path of secretLooking(value)) ctx.addIssue({ code: "custom", path, message: secretAdvice });
});

const secretAdvice =
  "this looks like a secret, and settings end in the Nix store, which everybody on the Pi may read: keep it in a file " +
  "on the Pi, and name the file";

/** The paths of texts that look like a GitHub token, a Tailscale key or a private key. */
function secretLooking(value: unknown, path: Path = []): Path[] {
  if (typeof value === "string") return secretForm.test(value) ? [path] : [];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => secretLooking(inner, [...path, key]));
}

/** Finds Wi-Fi passphrases and their hashes. `pskRaw: ext:NAME` only refers to one in a file, and is allowed. */
function passphrases(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) => {
    const here = [...path, key];
    const isReference = key === "pskRaw" && typeof inner === "string" && inner.startsWith("ext:");
    if ((key === "psk" || key === "pskRaw") && inner !== null && !isReference)
      return [{ path: here, value: inner }];
    return passphrases(inner, here);
  });
}
