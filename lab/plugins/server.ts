import * as grpc from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { detailedDiff, type DiffKind } from "./diff.js";
import { engineLog } from "./engine-log.js";
import { type CallContext, type CheckFailure, ProviderError, type ProviderModel } from "./model.js";
import { equal, reveal, type WireMap } from "./wire.js";

/**
 * Serves a stand-in to the engine that started this process.
 *
 * It speaks the provider protocol with the messages that @pulumi/pulumi ships. The server of
 * `@pulumi/pulumi/provider` does not pass on previews, cancellation or detailed diffs, and without them a preview
 * would differ from the real plugin's.
 */
export async function serve(model: ProviderModel): Promise<void> {
  // The engine's address is the last argument; it may also arrive later, by Attach.
  const log = engineLog(process.argv.slice(2).find((argument) => !argument.startsWith("-")));
  const cancelled = new AbortController();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });

  const context = (urn: string, dropped: AbortSignal, timeout = 0): CallContext => ({
    status: (line) => log.send("info", line, urn, true),
    log: (severity, line) => log.send(severity, line, urn, false),
    signal: AbortSignal.any([
      cancelled.signal,
      dropped,
      ...(timeout > 0 ? [AbortSignal.timeout(timeout * 1000)] : []),
    ]),
  });

  const unary = <Request>(handle: Handle<Request>) => handler(handle, () => log.flush());
  server.addService(providerServices.ResourceProviderService, {
    attach: unary((request: plugin.PluginAttach) => {
      log.attach(request.getAddress());
      return new empties.Empty();
    }),
    cancel: unary(() => {
      cancelled.abort();
      return new empties.Empty();
    }),
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(model.version)),
    checkConfig: unary((request: rpc.CheckRequest) =>
      new messages.CheckResponse()
        .setInputs(request.getNews())
        .setFailuresList((model.checkConfig?.(mapOf(request.getNews())) ?? []).map(failureMessage)),
    ),
    diffConfig: unary((request: rpc.DiffRequest) => {
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      const [olds, news] = [mapOf(request.getOldInputs()), mapOf(request.getNews())].map(withoutInternals);
      const same = !model.configure || equal(olds, news);
      return new messages.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
    }),
    configure: unary((request: rpc.ConfigureRequest) => {
      model.configure?.(reveal(mapOf(request.getArgs())));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary((request: rpc.CheckRequest) => {
      const { inputs, failures } = model.resource(typeOf(request.getUrn())).check(mapOf(request.getNews()));
      return new messages.CheckResponse()
        .setInputs(structOf(inputs))
        .setFailuresList(failures.map(failureMessage));
    }),
    diff: unary((request: rpc.DiffRequest) => {
      const type = model.resource(typeOf(request.getUrn()));
      return diffResponse(mapOf(request.getOldInputs()), mapOf(request.getNews()), (path) =>
        type.replaces(path),
      );
    }),
    create: unary(async (request: rpc.CreateRequest, dropped) => {
      const urn = request.getUrn();
      const inputs = mapOf(request.getProperties());
      const created = await model
        .resource(typeOf(urn))
        .create(
          { name: nameOf(urn), inputs, preview: request.getPreview() },
          context(urn, dropped, request.getTimeout()),
        );
      return new messages.CreateResponse().setId(created.id).setProperties(structOf(created.state));
    }),
    update: unary(async (request: rpc.UpdateRequest, dropped) => {
      const urn = request.getUrn();
      const type = model.resource(typeOf(urn));
      if (type.update === undefined) throw new ProviderError(`${typeOf(urn)} cannot be updated`);
      const updated = await type.update(
        {
          id: request.getId(),
          inputs: mapOf(request.getNews()),
          state: mapOf(request.getOlds()),
          preview: request.getPreview(),
        },
        context(urn, dropped, request.getTimeout()),
      );
      return new messages.UpdateResponse().setProperties(structOf(updated.state));
    }),
    delete: unary(async (request: rpc.DeleteRequest, dropped) => {
      const urn = request.getUrn();
      await model
        .resource(typeOf(urn))
        .delete?.(
          { id: request.getId(), state: mapOf(request.getProperties()) },
          context(urn, dropped, request.getTimeout()),
        );
      return new empties.Empty();
    }),
    read: unary(async (request: rpc.ReadRequest, dropped) => {
      const [id, urn] = [request.getId(), request.getUrn()];
      const response = new messages.ReadResponse().setInputs(request.getInputs());
      const type = model.resource(typeOf(urn));
      if (type.read === undefined) return response.setId(id).setProperties(request.getProperties());
      const state = await type.read({ id, state: mapOf(request.getProperties()) }, context(urn, dropped));
      return state ? response.setId(id).setProperties(structOf(state)) : response;
    }),
    invoke: unary(async (request: rpc.InvokeRequest, dropped) => {
      const type = model.function(request.getTok());
      // Secrets in arguments arrive in clear, and what is returned is not secret: as with the real plugins.
      const args = reveal(mapOf(request.getArgs()));
      const failures = type.check(args);
      const response = new messages.InvokeResponse().setFailuresList(failures.map(failureMessage));
      return failures.length > 0
        ? response
        : response.setReturn(structOf(await type.invoke(args, context("", dropped))));
    }),
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  // The engine reads the port from the first line.
  process.stdout.write(`${port}\n`);

  // An engine that is killed cannot end its plugins, and nobody would read what a command still does.
  await log.lost();
  cancelled.abort();
  process.exit(1);
}

/** Answers a request. The signal fires when the engine no longer waits for the answer: it was killed, say. */
type Handle<Request> = (request: Request, dropped: AbortSignal) => unknown;

/**
 * Turns a plain function into a gRPC handler. It answers after the call's lines were shown; a stack trace is only for
 * our own faults.
 */
function handler<Request>(
  handle: Handle<Request>,
  flush: () => Promise<void>,
): grpc.handleUnaryCall<Request, unknown> {
  return (call, callback) => {
    const dropped = new AbortController();
    call.on("cancelled", () => dropped.abort());
    Promise.resolve()
      .then(() => handle(call.request, dropped.signal))
      .finally(flush)
      .then(
        (response) => callback(null, response),
        (error: Error) =>
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof ProviderError ? error.message : (error.stack ?? String(error)),
          }),
      );
  };
}

function diffResponse(olds: WireMap, news: WireMap, replaces: (path: string) => boolean): unknown {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const diff = detailedDiff(withoutInternals(olds), withoutInternals(news));
  const response = new messages.DiffResponse().setHasdetaileddiff(true);
  response.setChanges(diff.size === 0 ? DIFF_NONE : DIFF_SOME);
  // The short lists hold whole properties, the detailed diff below the paths in them.
  response.setDiffsList([...new Set([...diff.keys()].map(headOf))]);
  response.setReplacesList([...diff.keys()].filter(replaces).map(headOf));
  for (const [path, kind] of diff) {
    const entry = new messages.PropertyDiff().setKind(kindNumber(kind, replaces(path)));
    response.getDetaileddiffMap().set(path, entry);
  }
  return response;
}

/** "environment.TOP" → "environment", "triggers[0]" → "triggers". */
function headOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** The engine adds the plugin's version and keys that begin with "__" to inputs: they are not the person's. */
function withoutInternals(inputs: WireMap): WireMap {
  return Object.fromEntries(
    Object.entries(inputs).filter(([key]) => key !== "version" && !key.startsWith("__")),
  );
}

function kindNumber(kind: DiffKind, replaces: boolean): number {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const numbers = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  };
  return numbers[kind][replaces ? 1 : 0] as number;
}

function failureMessage({ property, reason }: CheckFailure): rpc.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}

function mapOf(struct: structs.Struct | undefined): WireMap {
  return struct?.toJavaScript() ?? {};
}

function structOf(map: WireMap): structs.Struct {
  return structs.Struct.fromJavaScript(map);
}

/** "urn:pulumi:lab::pi-fleet::pi-fleet:index:Pi$command:local:Command::name" → "command:local:Command". */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
