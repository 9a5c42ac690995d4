import { localCommand, localRun } from "./local-command.js";
import { type FunctionType, ProviderError, type ProviderModel, type ResourceType } from "./model.js";
import { remoteCommand } from "./remote-command.js";

/**
 * Stands in for the command provider 1.2.1 on a machine that cannot download it: local.Command, local.run and
 * remote.Command with the inputs, outputs and diff rules of the real one, as test/conformance proves.
 */
export const NOT_MODELLED: string[] = [
  "remote.CopyToRemote and remote.CopyFile",
  "remote.Command: connection.proxy (refused with a message)",
  "remote.Command: an RSA connection.hostKey is matched in full, the real plugin offers only ssh-rsa (SHA-1) for it",
  "a logged line over 64 KiB: the real plugin stops reading and can hang, the stand-in logs it",
  "the schema (`pulumi package get-schema command`)",
  "the hash of the output `archive`",
  "an engine that is killed (kill -9): the command ends, and the real plugin's own process stays for 20 minutes and more",
  "Windows",
];

const RESOURCES: Record<string, ResourceType> = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
};
const FUNCTIONS: Record<string, FunctionType> = { "command:local:run": localRun };

export const provider: ProviderModel = {
  name: "command",
  version: "1.2.1",
  resource: (type) => RESOURCES[type] ?? notModelled(type),
  function: (token) => FUNCTIONS[token] ?? notModelled(token),
};

function notModelled(name: string): never {
  throw new ProviderError(`the stand-in of the command provider does not model ${name}`);
}
