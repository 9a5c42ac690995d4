import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { State, Wish } from "./control.js";

export type { State, Wish } from "./control.js";

/** Sends a wish to the lab's GitHub and gives GitHub's state after it. */
export async function askGitHub(socketPath: string, wish: Wish = {}): Promise<State> {
  const sent = request({ socketPath, method: "POST", path: "/", timeout: 10_000 });
  sent.end(JSON.stringify(wish));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return JSON.parse(await text(response)) as State;
}
