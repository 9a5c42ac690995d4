import { z } from "zod";
import { publicKeyFault } from "../ssh/public-key.js";

/** One OpenSSH public key, as in a .pub file. */
export const publicKey = z.string().superRefine((line, ctx) => {
  const fault = publicKeyFault(line);
  if (fault) ctx.addIssue({ code: "custom", message: fault, input: line });
});

/** A user of GitHub, for the keys that GitHub shows of them. */
export const gitHubUser = z
  .strictObject({
    github: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/, "the login of a GitHub user")
      .describe("Whose keys, those of https://github.com/NAME.keys."),
    pin: z
      .array(
        z
          .string()
          .regex(
            /^SHA256:[A-Za-z0-9+/]{43}$/,
            "a fingerprint as ssh-keygen -l shows it, SHA256: and 43 characters",
          ),
      )
      .min(1, "name at least one fingerprint")
      .optional()
      .describe("The fingerprints of the keys that are taken. Without it you are told those of today."),
  })
  .describe("A GitHub user's keys, read at each run and taken so far as they are pinned.");

/** A public key, or a GitHub user. */
export const accountKey = z.union([publicKey, gitHubUser], { error: (issue) => keyFault(issue.input) });

/** What is wrong with what is neither a key nor a GitHub user. */
export function keyFault(input: unknown, more = ""): string {
  if (typeof input === "string") {
    const fault = publicKeyFault(input);
    if (fault) return fault;
  }
  return `an OpenSSH public key (ssh-ed25519 AAAA… you@laptop)${more}, or {github: NAME, pin: [SHA256:…]}`;
}

export const holderKey = z.union(
  [
    publicKey,
    z.strictObject({ file: z.string().min(1).describe("A .pub file; ~ is your home.") }),
    gitHubUser,
  ],
  { error: (issue) => keyFault(issue.input, ", {file: ~/.ssh/id_ed25519.pub}") },
);
