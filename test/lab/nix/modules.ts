/** Options by name, as JSON has them. */
export type Settings = Record<string, unknown>;

/** A virtual Pi as fleet.json describes it. `overrides` are keys of the host, `settings` NixOS options. */
export function host(overrides: Settings, settings: Settings = {}) {
  return {
    board: "virtual",
    modules: [],
    user: "pi",
    authorizedKeys: ["ssh-ed25519 AAAA test"],
    network: { mdns: true, address: null },
    runner: null,
    settings,
    ...overrides,
  };
}

/** The NixOS options that give a Pi this message of the day. */
export function motd(text: string) {
  return { environment: { etc: { motd: { text } } } };
}

/** The NixOS options of a service that runs until it is stopped. */
export function loop(name: string, options: Settings = {}) {
  const service = { wantedBy: ["multi-user.target"], script: "while :; do sleep 1000; done", ...options };
  return { systemd: { services: { [name]: service } } };
}

/** The expression of a derivation that needs nothing and whose output is its name. */
export function trivial(name: string): string {
  return `derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${name} > $out" ]; }`;
}
