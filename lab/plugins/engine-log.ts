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
    /** Resolves when the engine has every line so far. */
    flush: () => sent,
  };
}

function connect(address: string | undefined) {
  return address ? new services.EngineClient(address, grpc.credentials.createInsecure()) : undefined;
}
