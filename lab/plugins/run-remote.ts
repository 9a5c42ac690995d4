import type { ClientChannel } from "ssh2";
import { goQuote } from "./go-quote.js";
import { type CallContext, ProviderError } from "./model.js";
import { Output } from "./output.js";
import { type Connection, dial } from "./ssh-dial.js";
import { execWithEnvironment, type Variable } from "./ssh-environment.js";

/** The inputs of remote.Command, in clear. */
export interface RemoteInputs {
  readonly connection: Connection;
  readonly stdin?: string;
  readonly logging?: string;
  readonly environment?: Record<string, string>;
  readonly addPreviousOutputInEnv?: boolean;
}

/** Runs a command on another machine over ssh. A cancelled run does not end it: the real plugin does not either. */
export async function runRemote(
  command: string,
  inputs: RemoteInputs,
  previous: { stdout?: string; stderr?: string },
  context: CallContext,
): Promise<{ stdout: string; stderr: string }> {
  const client = await dial(inputs.connection, context);
  try {
    const output = new Output((line) => context.status(line), inputs.logging);
    const problem = await execWithEnvironment(
      client,
      command,
      variables(inputs, previous, context),
      (channel) => finish(channel, inputs.stdin, output),
    ).catch((error: Error) => {
      throw new ProviderError(error.message);
    });
    const { stdout, stderr, both } = output.end();
    if (problem !== undefined) throw new ProviderError(`${problem}: running ${goQuote(command)}:\n${both}`);
    return { stdout: stdout(), stderr: stderr() };
  } finally {
    client.end();
  }
}

function variables(
  { environment = {}, addPreviousOutputInEnv = true }: RemoteInputs,
  previous: { stdout?: string; stderr?: string },
  context: CallContext,
): Variable[] {
  const own = Object.entries(environment).map(([name, value]) => ({
    name,
    value,
    required: true,
    onRefused: () => context.log("error", refusal(name)),
  }));
  if (!addPreviousOutputInEnv) return own;
  const outputs = [
    { name: "PULUMI_COMMAND_STDOUT", value: previous.stdout ?? "" },
    { name: "PULUMI_COMMAND_STDERR", value: previous.stderr ?? "" },
  ].filter(({ value }) => value !== "");
  return [
    ...own,
    ...outputs.map(({ name, value }) => ({
      name,
      value,
      required: false,
      onRefused: () => context.log("warning", refusal(name)),
    })),
  ];
}

function refusal(name: string): string {
  return (
    `Unable to set '${name}'. This only works if your SSH server is configured to accept these variables via ` +
    "AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the " +
    "command itself with the variables in the form 'VAR=value command'"
  );
}

function finish(
  channel: ClientChannel,
  stdin: string | undefined,
  output: Output,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let problem: string | undefined = "wait: remote command exited without exit status or exit signal";
    channel.on("data", (chunk: Buffer) => output.stdout(chunk));
    channel.stderr.on("data", (chunk: Buffer) => output.stderr(chunk));
    channel.on("exit", (code: number | null, signal?: string) => {
      if (code === 0) problem = undefined;
      else
        problem = `Process exited with status ${code ?? 128}${signal ? ` from signal ${signal.replace(/^SIG/, "")}` : ""}`;
    });
    channel.on("close", () => resolve(problem));
    channel.end(stdin ?? "");
  });
}
