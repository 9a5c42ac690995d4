# What deploy-rs activates, for each Pi: its toplevel with the two scripts that deploy-rs's own
# lib.activate.nixos adds (flake.nix of deploy-rs 1.0.0). Built as: nix-build --argstr systems JSON --argstr program PATH
{ systems, program }:
let
  activate = builtins.path {
    name = "deploy-rs-activate";
    path = program;
  };
in
builtins.mapAttrs (
  pi: toplevel:
  derivation {
    name = "activatable-nixos-system-${pi}";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    toplevel = builtins.storePath toplevel;
    inherit activate;
    args = [
      "-euc"
      ''
        mkdir "$out"
        for entry in "$toplevel"/*; do ln -s "$entry" "$out"; done
        printf '#!/bin/sh\nexec %s "$@"\n' "$activate" >"$out/activate-rs"
        {
          echo '#!/bin/sh'
          echo 'set -eu'
          echo 'cd /tmp'
          echo '"$PROFILE/bin/switch-to-configuration" switch'
        } >"$out/deploy-rs-activate"
        chmod +x "$out/activate-rs" "$out/deploy-rs-activate"
      ''
    ];
  }
) (builtins.fromJSON systems)
