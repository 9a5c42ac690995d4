import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clock } from "../../../components/shared/until.js";
import { SshSession } from "../../../components/ssh/session.js";

/** What the fake says to one call of a verb. */
export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** 255 is ssh's own failure. @default 0 */
  readonly exitCode?: number;
}

export interface Call {
  /** `activate start`, `secrets stage`, `status` or `disk space`. */
  readonly verb: string;
  readonly args: readonly string[];
  /** Through the shared connection. */
  readonly shared: boolean;
  /** What the verb reads on stdin. */
  readonly input: string;
}

export const lost: Answer = { exitCode: 255, stderr: "Connection reset by 10.0.0.9 port 22" };
/** What ssh says when the Pi is off. */
export const off: Answer = {
  exitCode: 255,
  stderr: "ssh: connect to host 10.0.0.9 port 22: No route to host",
};
export const target = { name: "pi", address: "10.0.0.9", user: "root" };

/**
 * Stands in for ssh: it takes the remote command apart as a Pi's shell would, keeps the call, and answers it between the
 * lines that the command was sent with (far-shell.ts).
 * It hands on the verb's input alone, as the script before it is the same each time.
 */
const ssh = `#!/bin/sh
shared=no
port=22 before= to=
for word; do
  case $word in ControlPath=none) ;; ControlPath=*) shared=yes ;; esac
  [ "$before" != -p ] || port=$word
  [ "$word" != -- ] || [ -n "$to" ] || to="$before port $port"
  before=$word
done
here=$(dirname "$0")
if [ $shared = no ] && [ -e "$here/refused" ]; then
  echo "$to" >>"$here/tried"
  ! grep -qxF "$to" "$here/refused" || { echo "\${to% port *}: Permission denied (publickey)." >&2; exit 255; }
fi
bytes=\${word##*count=}
sent=$(dd bs=1 count="\${bytes%% *}" 2>/dev/null)
eval "set -- $(printf '%s\n' "$sent" | sed -e '1,2d' | head -n -4)"
case $2 in
-s) verb=status; shift; input=; cat >/dev/null ;;
-c) if [ $# -eq 3 ]; then verb=disk-space; shift 3; input=$(cat); else
verb="$5-$6"; shift 6; read -r length; head -c "$length" >/dev/null; input=$(cat; echo .); input=\${input%.}; fi ;;
esac
[ "$verb" != status ] || { [ "\${2:-}" = -- ] && shift 2 || shift; }
cd "$(dirname "$0")"
call=$(ls calls | wc -l)
mkdir "calls/$(printf %03d "$call")" && cd "calls/$(printf %03d "$call")"
printf %s "$verb" >verb; printf %s "$shared" >shared; printf %s "$input" >input
for word; do printf '%s\\n' "$word"; done >args
cd ../../answers
for answer in "$verb".*; do break; done
[ -d "$answer" ] || { echo "the fake Pi has no answer to $verb" >&2; exit 99; }
code=$(cat "$answer/exitCode")
[ "$verb" != activate-start ] || [ ! -e ../refused-later ] || cp ../refused-later ../refused
if [ "$code" = 255 ]; then cat "$answer/stdout"; else
  { printf '%s\n' "$sent" | head -n 2; echo "cat '$answer/stdout'; (exit $code)"; printf '%s\n' "$sent" | tail -n 4; } | sh
fi
cat "$answer/stderr" >&2
# The last answer stays.
for next in "$verb".*; do :; done
[ "$next" = "$answer" ] || rm -r "$answer"
exit "$code"
`;

/** A Pi behind a fake ssh, in a world where waiting takes no time. */
export class FakePi {
  /** What was told on the way, without the time. */
  readonly progress: string[] = [];
  private readonly before = {
    ...{ path: process.env["PATH"], now: clock.now, pause: clock.pause },
    // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
    write: process.stderr.write,
  };
  private answers = 0;

  private constructor(private readonly dir: string) {}

  static async make(): Promise<FakePi> {
    const dir = await mkdtemp(join(tmpdir(), "pi-fleet-fake-pi-"));
    await mkdir(join(dir, "calls"));
    await mkdir(join(dir, "answers"));
    await writeFile(join(dir, "ssh"), ssh);
    await chmod(join(dir, "ssh"), 0o755);
    const pi = new FakePi(dir);
    process.env["PATH"] = `${dir}:${process.env["PATH"]}`;
    let waited = 0;
    clock.now = () => Date.now() + waited;
    clock.pause = async (milliseconds) => void (waited += milliseconds);
    process.stderr.write = (text: Uint8Array | string) => {
      pi.progress.push(
        String(text)
          .replace(/^ *[\d.]+ s {2}/, "")
          .trimEnd(),
      );
      return true;
    };
    return pi;
  }

  async remove(): Promise<void> {
    process.env["PATH"] = this.before.path;
    clock.now = this.before.now;
    clock.pause = this.before.pause;
    process.stderr.write = this.before.write;
    await rm(this.dir, { recursive: true });
  }

  /** Answers calls of a verb in turn, as `activate start`; the last answer is given again and again. */
  async says(verb: string, ...answers: (Answer | string)[]): Promise<void> {
    for (const answer of answers) {
      const {
        stdout = "",
        stderr = "",
        exitCode = 0,
      } = typeof answer === "string" ? { stdout: answer } : answer;
      const number = String(this.answers++).padStart(3, "0");
      const dir = join(this.dir, "answers", `${verb.replace(" ", "-")}.${number}`);
      await mkdir(dir);
      await writeFile(join(dir, "stdout"), stdout);
      await writeFile(join(dir, "stderr"), stderr);
      await writeFile(join(dir, "exitCode"), String(exitCode));
    }
  }

  /** The same in place of the answers that it had. */
  async saysNow(verb: string, ...answers: (Answer | string)[]): Promise<void> {
    const prefix = `${verb.replace(" ", "-")}.`;
    for (const name of await readdir(join(this.dir, "answers")))
      if (name.startsWith(prefix)) await rm(join(this.dir, "answers", name), { recursive: true });
    await this.says(verb, ...answers);
  }

  /** Lets nobody in by these logins, `root@10.0.0.9 port 22`; by others once an activation was started. */
  async refuses(now: readonly string[], afterStart: readonly string[] = now): Promise<void> {
    await writeFile(join(this.dir, "refused"), `${now.join("\n")}\n`);
    await writeFile(join(this.dir, "refused-later"), `${afterStart.join("\n")}\n`);
  }

  /** The logins that fresh connections tried since `refuses`, the first first. */
  async tried(): Promise<string[]> {
    return (await readFile(join(this.dir, "tried"), "utf8").catch(() => "")).split("\n").slice(0, -1);
  }

  /** All calls so far, the first first. */
  async calls(): Promise<Call[]> {
    const names = (await readdir(join(this.dir, "calls"))).sort();
    return Promise.all(
      names.map(async (name) => {
        const read = (file: string) => readFile(join(this.dir, "calls", name, file), "utf8");
        return {
          verb: (await read("verb")).replace("-", " "),
          args: (await read("args")).split("\n").slice(0, -1),
          shared: (await read("shared")) === "yes",
          input: await read("input"),
        };
      }),
    );
  }

  async verbs(): Promise<string[]> {
    return (await this.calls()).map(({ verb }) => verb);
  }

  withSession<T>(use: (session: SshSession) => Promise<T>): Promise<T> {
    return SshSession.with({ target, connectSeconds: 5 }, use);
  }
}

/** What status.sh prints of a Pi that runs `system` and boots it. `more` are further lines, which count if they come first. */
export function statusText(system: string, more: Record<string, string> = {}): string {
  const lines = { ...more, current: system, booted: system, profile: system, boot: "boot-1", ...more };
  return Object.entries({ clock: "1764028800 2 00:00", reboot: "", ...lines })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
