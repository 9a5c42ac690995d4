import { type NamedBuildHost } from "../../../components/protocol/build-host.js";
import { always, fresh, ours, pin } from "../ssh-options.js";

/** What several of Nix's command lines have in common. */
export const flakes = ["--extra-experimental-features", "nix-command flakes"];

export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

export const nas: NamedBuildHost = {
  name: "nas",
  config: { kind: "ssh", address: "nas.local", user: "me", port: 2222, hostKey, systems: [] },
};

/** NIX_SSHOPTS of a session with the build host. */
export const nasOptions = [...always(15), ...pin("nas", "SESSION/0.known"), "-p", "2222"];

/** The options of our own ssh to the build host, over a fresh connection. */
export const nasArguments = [...nasOptions, ...ours, ...fresh];
