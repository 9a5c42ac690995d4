import { z } from "zod";
import { accountGroup, fileBelowNix, unitName } from "./fields.js";

const secretFile = z
  .strictObject({
    owner: accountGroup.default("root").describe("The user whose file it is."),
    group: accountGroup.default("root").describe("Its group."),
    mode: z
      .string({ error: '0400 in quotes: "0400"' })
      .regex(
        /^0[0246]{2}0$/,
        'octal, nothing for everybody and nothing to be executed, such as "0400" or "0640"',
      )
      .default("0400")
      .describe("Its rights."),
    units: z
      .array(unitName)
      .default([])
      .describe(
        "Units that are restarted when it changes, if they run. One that waits for it by a condition is started.",
      ),
    age: fileBelowNix("age", "secrets/x.age")
      .optional()
      .describe("A file below nix/ that is encrypted for the Pi's host key; a stack secret by default."),
  })
  .describe("A secret as a file of the Pi.");

/** `hosts.NAME.secrets` */
export const secrets = z
  .record(
    z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/, "a name of letters, digits, _ and -"),
    secretFile,
  )
  .default({})
  .describe(
    "Secrets for modules of your own, by the names of stack secrets: files /var/lib/pi-fleet-secrets/NAME, or " +
      "/run/pi-fleet-secrets/NAME with age. In Nix: config.fleet.secrets.NAME.path.",
  );

type Secrets = z.output<typeof secrets>;

export function secretsForNix(options: Secrets): Secrets | undefined {
  return Object.keys(options).length > 0 ? options : undefined;
}

/** Whether all of them are stack secrets, which are delivered to any Pi; an `age` file needs our module to decrypt it. */
export function areStackSecrets(options: Secrets): boolean {
  return Object.values(options).every(({ age }) => !age);
}
