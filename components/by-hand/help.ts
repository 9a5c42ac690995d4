/** Each verb with its arguments, how many it takes at most, and what it does. */
export const verbs = {
  status: { takes: 0, usage: "status", does: "what each Pi runs and would boot, and its runners" },
  report: {
    takes: 1,
    usage: "report [PI]",
    does: "all that the last `pulumi up` said of each Pi and its runners",
  },
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
  image: {
    takes: 1,
    usage: "image PI",
    does: "builds the image of its card, keeps it on this machine and prints where",
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
    takes: 1,
    usage: "flash PI…",
    does: "builds the image, writes it and what the first boot needs to a card; without PI it lists the cards",
  },
  verify: {
    takes: 2,
    usage: "verify FILE [PI]",
    does: "looks into an image or a card: all that would keep a Pi from booting it, and what to do",
  },
} as const;

export type Verb = keyof typeof verbs;

/** @param command how these verbs were called, such as `pi-fleet` */
export function helpText(command: string): string {
  const lines = Object.values(verbs).map(({ usage, does }) => `${command} ${usage.padEnd(18)} ${does}`);
  return `${lines.join("\n")}

flash asks for the name of the card before it erases it, reads it back afterwards, and makes it bootable at the very end.
  --device DEVICE  a card such as /dev/sdb, or a file to write to; for several Pis their one reader, or one for each
  --image FILE     another image than the Pi's own: raw, or packed by zstd, xz or gzip; without PI it is written as it is
  --provisioning   the image of the Pi's board that is the same for all, in place of its own
  --runner-token FILE  a registration token of GitHub's: the runner of the Pi is there before the first \`pulumi up\`
  --yes            don't ask
  --not-a-card     write also to a disk that does not look like a card: not removable, or very large

verify writes nothing. With the name of a Pi it also wants its board, its image and its first-boot bundle.
  --board BOARD    the board, where no stack says it
  --device DEVICE  a card that the image has to fit on

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
