import { parseArgs } from "node:util";
import { z } from "zod";
import { boardNames, type Board } from "../config/boards.js";
import { allParts, type BlockDevice } from "../images/block-device.js";
import { isBlockDevice } from "../images/card.js";
import { imageFile } from "../images/image-file.js";
import { withOpenDevice, withOpenImage } from "../images/verify/open-card.js";
import { verify, type Verdict, type VerifyOptions } from "../images/verify/verify.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { parseJson } from "../shared/parse-json.js";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { asRoot, may } from "./as-root.js";
import { wholeDisk } from "./choose-card.js";
import { shareLine } from "./share-line.js";
import { readStackFacts } from "./stack-facts.js";

const order = z.object({
  path: z.string(),
  pi: z.string().optional(),
  stack: z.string().optional(),
  board: z.enum(boardNames).optional(),
});

type Order = z.output<typeof order>;

interface VerifyWords {
  readonly path: string;
  readonly pi: string | undefined;
  readonly board: Board | undefined;
  /** The card that an image is for. */
  readonly device: string;
}

/**
 * Looks into an image or a card.
 * @throws UserError with all that is wrong
 */
export async function verifyByHand(words: readonly string[]): Promise<void> {
  const { path, pi, board, device } = verifyWords(words);
  const facts = pi ? await readStackFacts(pi) : undefined;
  const expected = { pi, stack: facts?.stack, board: board ?? facts?.board };
  if ((await isBlockDevice(path)) && !(await may("read", path))) {
    const { exitCode } = await asRoot("verify", path, { path, ...expected } satisfies Order, "inherit");
    if (exitCode !== 0) process.exitCode = 1;
    return;
  }
  await look(path, device, expected);
}

/** What root's process does: it reads on stdin what a card should be. */
export async function verifyAsRoot(stdin: string): Promise<void> {
  const { path, ...expected } = parseJson(order, stdin, "the order to verify a card");
  await look(path, "", expected);
}

async function look(path: string, device: string, expected: Omit<Order, "path">): Promise<void> {
  const verdict = (await isBlockDevice(path))
    ? await verifyCard(await wholeDisk(path), expected)
    : await withOpenImage(await imageFile(path), shareLine("unpacked"), async (card) =>
        verify(card, {
          ...expected,
          isCard: false,
          cardBytes: device ? (await wholeDisk(device)).bytes : undefined,
        }),
      );
  const { faults } = verdict;
  console.log(faults.length === 0 ? `${path} is good.` : `${path}:`);
  console.log(contentLines(verdict).join("\n"));
  if (faults.length === 0) return;
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  throw new UserError(
    [
      `${path} has ${count}:`,
      ...faults.map(({ says, todo }) => `- ${upperFirst(says)}. ${upperFirst(todo)}.`),
    ].join("\n"),
  );
}

function verifyCard(device: BlockDevice, expected: Omit<VerifyOptions, "isCard">): Promise<Verdict> {
  const mounted = [device, ...allParts(device)].find(({ mountpoints }) => mountpoints.length > 0);
  if (mounted)
    throw new UserError(
      `${mounted.path} is mounted at ${mounted.mountpoints[0]}, and what is on it may change meanwhile: umount ${mounted.path} ends that.`,
    );
  if (device.bytes === 0) throw new UserError(`${device.path} has no card in it.`);
  return withOpenDevice(device.path, device.bytes, (card) => verify(card, { ...expected, isCard: true }));
}

/** @throws UserError for what it does not take */
export function verifyWords(words: readonly string[]): VerifyWords {
  const options = { board: { type: "string" }, device: { type: "string", default: "" } } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (cause) {
    throw new UserError(`verify: ${(cause as Error).message}`, { cause });
  }
  const { positionals, values } = parsed;
  const [path, pi, ...rest] = positionals;
  if (path === undefined)
    throw new UserError("verify needs what to look into: an image's file, or a card such as /dev/sdb.");
  if (rest.length > 0) throw new UserError(`verify does not take "${rest.join(" ")}".`);
  const board = boardNames.find((name) => name === values.board);
  if (values.board !== undefined && !board)
    throw new UserError(
      `--board: there is no board "${values.board}"${didYouMean(values.board, boardNames)} There are: ${boardNames.join(", ")}`,
    );
  return { path, pi, board, device: values.device };
}

/** What is on an image or a card, a line each. */
export function contentLines(verdict: Verdict): string[] {
  const { bytes, boards, marker, bundle, system, toplevel, booted, needsRecovery } = verdict;
  const host = marker?.host || system?.host;
  const lines: [string, string | undefined][] = [
    ["host", host && `${host}${marker?.stack ? ` of the stack ${marker.stack}` : ""}`],
    ["boards", boards.join(", ")],
    ["size", sizeText(bytes)],
    ["toplevel", toplevel],
    ["bundle", bundle && `of ${bundle.host}, for its first boot`],
    [
      "state",
      !toplevel
        ? undefined
        : booted
          ? `booted${needsRecovery ? ", and not shut down since" : ""}`
          : "not booted yet",
    ],
  ];
  return lines.flatMap(([name, value]) => (value ? [`  ${name.padEnd(9)}${value}`] : []));
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
