import { createConnection } from "node:net";

/** What comes back from a port at which sshd should listen. */
export type Greeting =
  /** The first line: `SSH-2.0-OpenSSH_10.2`, RFC 4253, 4.2. */
  | { readonly kind: "greeted"; readonly line: string }
  /** Something took the connection and said nothing. */
  | { readonly kind: "silent" }
  /** A machine is there, and nothing listens at this port. */
  | { readonly kind: "refused" }
  /** Nobody answered; `why` is the operating system's word, such as EHOSTUNREACH. */
  | { readonly kind: "nobody"; readonly why: string };

/** Connects to a port and reads what it says first. */
export function greetingOf(host: string, port: number, seconds: number): Promise<Greeting> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    let [connected, said] = [false, ""];
    const end = (greeting: Greeting) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(greeting);
    };
    const rest = (): Greeting => {
      if (said) return { kind: "greeted", line: printable(said) };
      return connected ? { kind: "silent" } : { kind: "nobody", why: "ETIMEDOUT" };
    };
    const timer = setTimeout(() => end(rest()), seconds * 1000);
    socket.setEncoding("latin1");
    socket.once("connect", () => (connected = true));
    socket.on("data", (text: string) => {
      said += text;
      if (said.includes("\n") || said.length > 255) end(rest());
    });
    socket.once("end", () => end(rest()));
    socket.once("error", ({ code = "" }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") end({ kind: "refused" });
      else end(connected ? rest() : { kind: "nobody", why: code });
    });
  });
}

function printable(text: string): string {
  return (text.split(/\r?\n/)[0] ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
