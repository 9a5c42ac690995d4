# Stands in for: nixos/lib/eval-config.nix, `lib.nixosSystem`.
# Not modelled: the argument `pkgs`, `baseModules`, `extraModules`; `system` only as the default host platform.
{
  modules,
  specialArgs ? { },
  system ? null,
  ...
}:
let
  lib = import ../../lib;
  evaluated = lib.evalModules {
    specialArgs = {
      inherit lib;
      modulesPath = toString ../modules;
    }
    // specialArgs;
    modules =
      import ../modules/module-list.nix
      ++ lib.optional (system != null) {
        _file = "nixos/lib/eval-config.nix";
        nixpkgs.system = lib.mkDefault system;
      }
      ++ modules;
  };
in
evaluated // { pkgs = evaluated._module.args.pkgs; }
