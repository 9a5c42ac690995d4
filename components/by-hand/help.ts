/** Each verb with its arguments, how many it takes at most, and what it does. */
export const verbs = {
  status: { takes: 0, usage: "status", does: "what each Pi runs and would boot, and its runners" },
  generations: { takes: 1, usage: "generations PI", does: "its systems, the newest first" },
  rollback: {
    takes: 2,
    usage: "rollback PI [N]",
    does: "back to the generation before the running one, or to N",
  },
  reboot: {
    takes: 1,
    usage: "reboot PI",
    does: "restarts it, and back to what it booted before if it is not well after that",
  },
  "dry-activate": {
    takes: 1,
    usage: "dry-activate PI",
    does: "builds and copies what config wants now, and tells what would restart; changes nothing",
  },
  test: {
    takes: 1,
    usage: "test PI",
    does: "builds, copies and runs it until the Pi's next restart; it boots what it booted before",
  },
  doctor: {
    takes: 1,
    usage: "doctor PI",
    does: "what is wrong with it, seen from here and from within, and what to do about it",
  },
  adopt: {
    takes: 1,
    usage: "adopt PI",
    does: "shows the host key of a Pi that runs already, asks, and writes it to config",
  },
  flash: {
    takes: 0,
    usage: "flash",
    does: "writes an image to a card; without --device it lists the cards of this machine",
  },
} as const;

export type Verb = keyof typeof verbs;

/** @param command how these verbs were called, such as `pi-fleet` */
export function helpText(command: string): string {
  const lines = Object.values(verbs).map(({ usage, does }) => `${command} ${usage.padEnd(18)} ${does}`);
  return `${lines.join("\n")}

flash asks for the name of the card before it erases it, reads it back afterwards, and makes it bootable at the very end.
  --image FILE     what to write: a raw image, or one packed by zstd, xz or gzip
  --device DEVICE  a card such as /dev/sdb, or a file to write the image to
  --yes            don't ask
  --not-a-card     write also to a disk that does not look like a card: not removable, or very large

adopt asks whether the key is the one that the Pi itself shows.
  --yes            don't ask
  --replace        also when config pins another key

The others work on the stack that is selected, beside its state: after a rollback or a test the next \`pulumi preview\` shows
what would bring the Pi to what config wants. A test has the health checks of config, and both verbs are confirmed over a
fresh connection like any other switch. Secrets are left as they are: \`pulumi up\` brings new ones.`;
}

/** How a person called these verbs: `npm run pi --` in a checkout, `pi-fleet` from the package. */
export function commandName(environment = process.env): string {
  return environment["npm_lifecycle_event"] === "pi" ? "npm run pi --" : "pi-fleet";
}
