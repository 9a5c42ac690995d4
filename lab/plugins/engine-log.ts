import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

const SEVERITIES = {
  debug: messages.LogSeverity.DEBUG,
  info: messages.LogSeverity.INFO,
  warning: messages.LogSeverity.WARNING,
  error: messages.LogSeverity.ERROR,
};

/** Sends lines to the engine, which shows them beside the resource. */
export function engineLog(address: string | undefined) {
  let client = connect(address);
  let sent: Promise<void> = Promise.resolve();
  return {
    attach(other: string) {
      client = connect(other);
    },
    send(severity: keyof typeof SEVERITIES, message: string, urn: string, passing: boolean) {
      const request = new messages.LogRequest().setSeverity(SEVERITIES[severity]).setMessage(message);
      request.setUrn(urn).setEphemeral(passing);
      // One after another, or lines change places; and one that is lost must not fail the deployment.
      sent = sent.then(
        () => new Promise((resolve) => (client ? client.log(request, () => resolve()) : resolve())),
      );
    },
    /** Resolves when the engine is gone: killed, or the machine is going down. */
    async lost(): Promise<void> {
      while (client !== undefined && (await isReachable(client))) await leavesReady(client);
      // Without an engine to watch there is nothing to lose.
      if (client === undefined) await new Promise(() => undefined);
    },
    /** Resolves when the engine has every line so far. */
    flush: () => sent,
  };
}

function connect(address: string | undefined) {
  return address ? new services.EngineClient(address, grpc.credentials.createInsecure()) : undefined;
}

const REACHABLE_MS = 1_000;

function isReachable(client: grpc.Client): Promise<boolean> {
  return new Promise((resolve) =>
    client.waitForReady(Date.now() + REACHABLE_MS, (error) => resolve(error === undefined)),
  );
}

function leavesReady(client: grpc.Client): Promise<void> {
  return new Promise((resolve) =>
    client.getChannel().watchConnectivityState(grpc.connectivityState.READY, Infinity, () => resolve()),
  );
}
