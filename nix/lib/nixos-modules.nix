# Name => module: every file of modules/. Each works alone and beside the others.
{ lib }:
let
  nix = lib.filterAttrs (file: _: lib.hasSuffix ".nix" file) (builtins.readDir ../modules);
in
lib.mapAttrs' (
  file: _:
  lib.nameValuePair (lib.removeSuffix ".nix" file) (
    import ./release.nix { inherit lib; } (../modules + "/${file}")
  )
) nix
