// The Pulumi program of the conformance tests: it makes the resources that spec.json names.
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const command = require("@pulumi/command");
const tls = require("@pulumi/tls");

const spec = JSON.parse(readFileSync(process.env.CONFORMANCE_SPEC, "utf8"));

/** { $secret: value } becomes a secret, { $unknown: value } is not known in a preview. */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if ("$secret" in value) return pulumi.secret(revive(value.$secret));
  if ("$output" in value) return made[value.$output[0]][value.$output[1]];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

/** A resource of any type, with inputs that the SDK's types would not let through. */
class Raw extends pulumi.CustomResource {
  constructor(type, name, args, opts) {
    super(type, name, { stdout: undefined, stderr: undefined, ...args }, { version: "1.2.1", ...opts });
  }
}

const made = {};
for (const { type, name, args, opts } of spec.resources ?? []) {
  const make = {
    local: () => new command.local.Command(name, revive(args), opts),
    remote: () => new command.remote.Command(name, revive(args), opts),
    key: () => new tls.PrivateKey(name, revive(args), opts),
  }[type];
  made[name] = make ? make() : new Raw(type, name, revive(args), opts);
}
for (const { name, args } of spec.runs ?? []) {
  exports[name] = command.local.runOutput(revive(args));
}
for (const { name, of } of spec.outputs ?? []) exports[name] = made[of[0]][of[1]];
