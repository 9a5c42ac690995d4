import { z } from "zod";
import { publicKeyFault, withoutHost } from "../ssh/public-key.js";
import { gitHubUrl } from "./fields.js";
import { localPath } from "./local-path.js";

/** One OpenSSH public key, as in a .pub file. */
export const publicKey = z.string().superRefine((line, ctx) => {
  const fault = publicKeyFault(line);
  if (fault) ctx.addIssue({ code: "custom", message: fault, input: line });
});

/** A host's public key. It may have the host in front, as ssh-keyscan prints it. */
export const hostPublicKey = z
  .string()
  .transform(withoutHost)
  .superRefine((line, ctx) => {
    const fault = publicKeyFault(line);
    if (fault) ctx.addIssue({ code: "custom", message: fault, input: line });
  });

/** A GitHub user, who stands for the public keys that GitHub shows for them. */
const gitHubUser = z
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

/** A key that logs in to an account of a Pi. */
export const accountKey = z.union([publicKey, gitHubUser], { error: (issue) => keyFault(issue.input) });

/** A key that a person holds: the way in that does not depend on the stack. */
const holderKey = z.union(
  [publicKey, z.strictObject({ file: localPath.describe("A .pub file; ~ is your home.") }), gitHubUser],
  { error: (issue) => keyFault(issue.input, ", {file: ~/.ssh/id_ed25519.pub}") },
);

/** `pi-fleet:keys` */
export const keys = z
  .strictObject(
    {
      holders: z
        .array(holderKey, { error: noHolder })
        .min(1, { error: noHolder })
        .describe("Public keys whose private half you hold: your way in, whatever happens to the stack."),
      github: z
        .strictObject({
          url: gitHubUrl.default("https://github.com").describe("Where people see it."),
        })
        .prefault({})
        .describe("Which GitHub shows the keys of its users."),
    },
    { error: (issue) => (issue.input === undefined ? noHolder() : undefined) },
  )
  .describe("Who may log in.");

/** What is wrong with a value that is not a key. `more` names one more form that is allowed. */
function keyFault(input: unknown, more = ""): string {
  if (typeof input === "string") {
    const fault = publicKeyFault(input);
    if (fault) return fault;
  }
  return `an OpenSSH public key (ssh-ed25519 AAAA… you@laptop)${more}, or {github: NAME, pin: [SHA256:…]}`;
}

function noHolder(): string {
  return (
    "give at least one public key that you hold, or you could be locked out of every Pi: " +
    'holders: ["ssh-ed25519 AAAA… you@laptop"] or [{file: ~/.ssh/id_ed25519.pub}]'
  );
}
