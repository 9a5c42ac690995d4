import { ProviderError, type ProviderModel } from "./model.js";

/**
 * Stands in for the github provider 6.15 on a machine that cannot download it: its configuration is accepted, so a
 * program that only configures it runs; everything else is refused by name.
 */
export const NOT_MODELLED: string[] = ["every resource and every function: refused with a message"];

export const provider: ProviderModel = {
  name: "github",
  version: "6.15.0",
  resource: notModelled,
  function: notModelled,
};

function notModelled(name: string): never {
  throw new ProviderError(`the stand-in of the github provider does not model ${name}`);
}
