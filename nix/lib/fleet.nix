# The fleet of a fleet.json as outputs of a flake: `lib.fleet` of nix/flake.nix.
{
  lib,
  nixos-hardware,
  # Board => the system of its provisioning image.
  provisioning,
}:
{
  # The path of fleet.json.
  file,
  # The folder of the flake: its hosts' `modules` and encrypted secrets are below it.
  root,
  # The inputs of the flake. A host's `modules` may name modules of them, and each module can have them as `inputs`.
  inputs ? { },
  # Modules of every host, besides those of pi-fleet.
  modules ? [ ],
  # More arguments for modules.
  specialArgs ? { },
}:
let
  hosts = import ./read-fleet.nix { inherit lib; } file;
  systems = lib.mapAttrs (import ./host.nix {
    inherit lib root modules;
    moduleOf = import ./module-of.nix { inherit lib root inputs; };
    specialArgs = {
      inherit inputs nixos-hardware;
    }
    // specialArgs;
  }) hosts;
in
import ./release.nix { inherit lib; } {
  # Host name => { config, pkgs, … }, as nixos-rebuild expects it.
  nixosConfigurations = systems;

  # Host name => what the deployer compares and builds, for the whole fleet by one evaluation. An attribute
  # called outPath would make `nix eval --json` print the path alone.
  fleetPlan = lib.mapAttrs (_: nixos: {
    inherit (nixos.config.system.build.toplevel) drvPath;
    toplevel = nixos.config.system.build.toplevel.outPath;
    inherit (nixos.config.nixpkgs.hostPlatform) system;
  }) systems;

  # Host name => the image of its card, for the deployer in the same way. fleet.json then has only hosts whose images are
  # asked for, and for `provisioning` no more of a host than its board.
  imagePlan = lib.mapAttrs (
    name: host:
    let
      own =
        systems.${name}.config.system.build.sdImage
          or (throw "host '${name}' has no card's image: its board '${host.board}' has none, and none of its modules makes system.build.sdImage");
      provisioned =
        provisioning.${host.board} or (throw "host '${name}': its board '${host.board}' has no card");
      image = if host.provisioning or false then provisioned.config.system.build.sdImage else own;
    in
    {
      inherit (image) drvPath;
      image = image.outPath;
    }
  ) hosts;
}
