# What a host's `modules` names => a NixOS module. A name is a file below the flake's folder, or FLAKE#ATTRIBUTE: a
# module of another flake, which is an input of this one, pinned by flake.lock, or has a revision in its reference.
{
  lib,
  root,
  inputs,
}:
name: reference:
let
  fault = message: throw "host '${name}': ${message}";

  file = root + "/${reference}";
  ofFile =
    if lib.pathExists file then
      file
    else
      fault "there is no module ${reference} in nix/. In a git tree, a new file has to be added: git add";

  parts = lib.splitString "#" reference;
  flakeRef = lib.head parts;
  path = lib.splitString "." (lib.last parts);

  parsed = builtins.parseFlakeRef flakeRef;
  lockFile = root + "/flake.lock";
  lock = if lib.pathExists lockFile then lib.importJSON lockFile else { nodes.root = { }; };
  # Inputs whose reference in flake.nix is this one.
  sameReference = lib.filter (
    input:
    let
      node = lock.nodes.root.inputs.${input};
    in
    lib.isString node && lock.nodes.${node}.original or null == parsed
  ) (lib.attrNames (lock.nodes.root.inputs or { }));

  flake =
    if parsed.type == "indirect" then
      inputs.${flakeRef}
        or (fault "the flake has no input ${flakeRef}, which ${reference} names. Its inputs are ${lib.concatStringsSep ", " (lib.attrNames inputs)}. Add it to nix/flake.nix, or write github:OWNER/REPO/REVISION#…")
    else if parsed ? rev || parsed ? narHash then
      builtins.getFlake flakeRef
    else if sameReference != [ ] then
      inputs.${lib.head sameReference}
    else
      fault "nothing pins ${flakeRef}. Name a revision, such as ${flakeRef}/REVISION#${lib.last parts}, or make it an input of nix/flake.nix, NAME.url = \"${flakeRef}\", which flake.lock pins";
in
if lib.length parts == 1 then
  ofFile
else
  lib.attrByPath path (fault "${flakeRef} has no ${lib.last parts}. Its nixosModules are: ${
    if flake ? nixosModules then
      lib.concatStringsSep ", " (lib.attrNames flake.nixosModules)
    else
      "none"
  }") flake
