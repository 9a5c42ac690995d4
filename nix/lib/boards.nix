# Board name => { description, system, module }: every file of boards/ is one.
{ lib }:
lib.mapAttrs' (
  file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (import (../boards + "/${file}"))
) (lib.filterAttrs (file: _: lib.hasSuffix ".nix" file) (builtins.readDir ../boards))
