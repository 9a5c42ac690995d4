import { withCard, type Card } from "../../components/images/card.js";
import { packBundle } from "../../components/images/first-boot-bundle.js";
import { flash } from "../../components/images/flash.js";
import { imageFile } from "../../components/images/image-file.js";

// Flashes a card with a bundle: flash-until.ts IMAGE DEVICE BYTES [TOUCH TIME]. It is killed before it touches the card like that
// for the TIME-th time; a TOUCH is such as `write 0`. Each one before that is a line on stdout.

const [image = "", device = "", bytes = "", killedBefore, time = ""] = process.argv.slice(2);
let left = Number(time);

function touch(what: string): void {
  if (what === killedBefore && --left === 0) process.kill(process.pid, "SIGKILL");
  process.stdout.write(`${what}\n`);
}

function watched({ handle, ...card }: Card): Card {
  const get = (target: typeof handle, key: string | symbol) => {
    const method = (target as unknown as Record<string | symbol, unknown>)[key];
    if (typeof method !== "function") return method;
    return (...args: unknown[]) => {
      if (key === "read" || key === "write") touch(`${key} ${String(args[3])}`);
      return (method as (...all: unknown[]) => unknown).apply(target, args);
    };
  };
  return { ...card, handle: new Proxy(handle, { get }) };
}

const file = await imageFile(image);
const bundle = packBundle({ host: "pi4", stack: "dev", user: "pi", files: [] });
const quiet = { onWritten: () => undefined, onVerified: () => undefined };
await withCard(device, (card) => flash(watched(card), file, Number(bytes), quiet, bundle));
