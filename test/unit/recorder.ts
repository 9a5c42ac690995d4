import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** How a recorded program answers. */
export interface Answer {
  /** The answer is for calls with this text in their arguments. @default for all calls */
  readonly when?: string;
  /** @default 0 */
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Whether it reads its stdin to the end before it exits. @default true */
  readonly reads?: boolean;
  /** Whether ssh prints `stdout` as it is, not as the answer to our command (far-shell.ts). @default for exit code 255 */
  readonly raw?: boolean;
}

/** How a program was called. */
export interface Call {
  readonly program: string;
  /** Of ssh the last one is our command, wherever it came from. */
  readonly argv: readonly string[];
  /** What is left for the command. */
  readonly stdin: string;
  /** Those of `watched` that were set. */
  readonly env: Readonly<Record<string, string>>;
}

const watched = ["LC_ALL", "NIX_SSHOPTS", "PI_FLEET_IMAGES", "SSH_AUTH_SOCK"];

// A call is a folder, which is renamed when it is complete. The first answer whose `when` is in the arguments is taken. A
// command that comes on ssh's stdin (far-shell.ts) is in the file `sent`: two lines, the command and four lines.
const script = (folder: string) => `#!/bin/sh
program=\${0##*/}
cd '${folder}'
call=$(mktemp -d "open/$(date +%s%N)-$program-XXXXXX")
for word in "$@"; do printf '%s\\0' "$word"; done >"$call/argv"
for name in ${watched.join(" ")}; do
	eval "[ -z \\"\\\${$name+set}\\" ] || printf '%s\\\\0' \\"$name=\\$$name\\""
done >"$call/env"
: >"$call/stdin"
for last; do :; done
: >"$call/sent"
case \${last:-} in "sh -c 'eval "*count=*) bytes=\${last##*count=} && dd bs=1 count="\${bytes%% *}" 2>/dev/null >"$call/sent" ;; esac
for answer in answers/"$program"/*; do
	case "$* $(cat "$call/sent")" in *"$(cat "$answer/when")"*) break ;; esac
	answer=
done
if [ -z "$answer" ]; then
	echo "$program: the test has no answer to $*" >&2
	mv "$call" calls/
	exit 99
fi
if [ -s "$call/sent" ] && [ ! -e "$answer/raw" ]; then
	{
		head -n 2 "$call/sent"
		echo "cat '$answer/stdout'; (exit $(cat "$answer/exitCode"))"
		tail -n 4 "$call/sent"
	} | sh
else
	cat "$answer/stdout"
fi
cat "$answer/stderr" >&2
[ ! -e "$answer/reads" ] || cat >"$call/stdin"
mv "$call" calls/
exit "$(cat "$answer/exitCode")"
`;

/**
 * Stands in for programs, first on PATH, that write down how they were called and answer as a test says. A program
 * without an answer fails, so that a test sees each call that it did not expect.
 */
export class Recorder {
  private readonly folder = mkdtempSync(join(tmpdir(), "recorder-"));
  private readonly path = process.env["PATH"] ?? "";

  /** Puts the programs on PATH until `remove`. */
  constructor(programs: readonly string[] = ["nix", "ssh"]) {
    for (const name of ["bin", "calls", "open", "answers"]) mkdirSync(join(this.folder, name));
    for (const program of programs) {
      mkdirSync(join(this.folder, "answers", program));
      writeFileSync(join(this.folder, "bin", program), script(this.folder));
      chmodSync(join(this.folder, "bin", program), 0o755);
    }
    process.env["PATH"] = `${join(this.folder, "bin")}${delimiter}${this.path}`;
  }

  remove(): void {
    process.env["PATH"] = this.path;
    rmSync(this.folder, { recursive: true });
  }

  /** Of several answers that suit a call, the one that was given first is taken. */
  answer(
    program: string,
    { when = "", exitCode = 0, stdout = "", stderr = "", reads = true, raw = exitCode === 255 }: Answer = {},
  ): void {
    const all = join(this.folder, "answers", program);
    const answer = join(all, String(readdirSync(all).length).padStart(3, "0"));
    mkdirSync(answer);
    const files = {
      ...{ when, exitCode: String(exitCode), stdout, stderr },
      ...(reads ? { reads: "" } : {}),
      ...(raw ? { raw: "" } : {}),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(answer, name), text);
  }

  /** The calls that have ended, the earliest first. The folders that are made for each run read SESSION and FLEET. */
  calls(): Call[] {
    const calls = join(this.folder, "calls");
    return readdirSync(calls)
      .sort()
      .map((name) => {
        const words = (file: string) =>
          readFileSync(join(calls, name, file), "utf8")
            .split("\0")
            .slice(0, -1);
        const sent = readFileSync(join(calls, name, "sent"), "utf8")
          .split("\n")
          .slice(2, -5)
          .join("\n");
        const argv = words("argv").map(withoutFolders);
        return {
          program: name.split("-")[1]!,
          argv: sent ? [...argv.slice(0, -1), withoutFolders(sent)] : argv,
          stdin: readFileSync(join(calls, name, "stdin"), "utf8"),
          env: Object.fromEntries(
            words("env").map((line) => [
              line.split("=")[0]!,
              withoutFolders(line.slice(line.indexOf("=") + 1)),
            ]),
          ),
        };
      });
  }

  /** The only call that there was. */
  call(): Call {
    const [call, ...others] = this.calls();
    if (!call || others.length > 0) throw new Error(`one call was expected: ${JSON.stringify(this.calls())}`);
    return call;
  }
}

function withoutFolders(text: string): string {
  return text
    .replaceAll(new RegExp(`${join(tmpdir(), "pi-fleet-eval-")}\\w{6}`, "g"), "FLEET")
    .replaceAll(new RegExp(`${join(tmpdir(), "pi-fleet-")}\\w{6}`, "g"), "SESSION");
}
