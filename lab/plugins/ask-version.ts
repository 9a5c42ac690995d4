import { createInterface } from "node:readline";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";

const ANSWER_MS = 5_000;

/**
 * The version that a provider plugin says it is. It is started as the engine starts it, which tells it where the engine is
 * and reads its port from the first line. Undefined when the program is no plugin or does not answer.
 */
export async function askVersion(executable: string): Promise<string | undefined> {
  // Nothing listens there: a plugin sends its log to the engine, and only when it has something to say.
  const plugin = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(plugin, "exit").catch(() => undefined);
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const lines = createInterface(plugin.stdout);
    const [line] = (await Promise.race([once(lines, "line", { signal }), ended.then(() => [])])) as string[];
    return line && /^\d+$/.test(line) ? await versionAt(`127.0.0.1:${line}`) : undefined;
  } catch {
    return undefined;
  } finally {
    plugin.kill("SIGKILL");
    plugin.stdout.destroy();
    await ended;
  }
}

function versionAt(address: string): Promise<string | undefined> {
  const client = new providerServices.ResourceProviderClient(address, grpc.credentials.createInsecure());
  return new Promise((resolve) => {
    client.getPluginInfo(
      new empties.Empty(),
      new grpc.Metadata(),
      { deadline: Date.now() + ANSWER_MS },
      (error: grpc.ServiceError | null, info: PluginInfo | undefined) => {
        client.close();
        resolve(error ? undefined : info?.getVersion().replace(/^v/, ""));
      },
    );
  });
}
