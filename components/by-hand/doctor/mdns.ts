import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { decode, encode } from "dns-packet";

/** Where all that answer for `.local` names listen: RFC 6762, 3. A test has an address of its own. */
const everybody = { address: "224.0.0.251", port: 5353 };

/**
 * Asks the local network for the address of a `.local` name, without this machine's resolver: many machines have none for
 * such names. It is a one-shot query of RFC 6762, 5.1.
 * @returns the IPv4 addresses that answered within the time
 */
export async function askMdns(
  name: string,
  seconds: number,
  { address, port } = everybody,
): Promise<readonly string[]> {
  const query = encode({ type: "query", id: 0, questions: [{ type: "A", name }] });
  const found = new Set<string>();
  const asked = interfaces().map((at) =>
    ask(at, query, { address, port }, seconds, (answer) => {
      for (const one of addressesIn(answer, name)) found.add(one);
      return found.size > 0;
    }),
  );
  await Promise.all(asked);
  return [...found];
}

/** The addresses that an answer has for a name. What is no answer has none. */
export function addressesIn(packet: Buffer, name: string): string[] {
  try {
    const { answers = [] } = decode(packet);
    return answers.flatMap((answer) =>
      answer.type === "A" && answer.name.toLowerCase() === name.toLowerCase() ? [answer.data] : [],
    );
  } catch {
    return [];
  }
}

/** This machine's addresses: a query goes out at each, as a Pi may be behind any of them. */
function interfaces(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === "IPv4").map(({ address }) => address);
}

/** Ends when an answer is enough, or the time is up. An interface that takes no multicast has no answer. */
function ask(
  at: string,
  query: Buffer,
  { address, port }: typeof everybody,
  seconds: number,
  isEnough: (answer: Buffer) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = createSocket("udp4");
    let isOpen = true;
    const end = () => {
      clearTimeout(timer);
      if (isOpen) socket.close();
      isOpen = false;
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    socket.once("error", end);
    socket.on("message", (answer) => {
      if (isEnough(answer)) end();
    });
    socket.bind(0, at, () => {
      try {
        socket.setMulticastInterface(at);
        socket.send(query, port, address, (error) => {
          if (error) end();
        });
      } catch {
        end();
      }
    });
  });
}
