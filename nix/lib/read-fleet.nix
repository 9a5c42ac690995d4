# fleet.json => { host name => host }. Each host also gets what the file may have for all: scripts, and the stack's name.
# Errors say what is wrong with the file.
{ lib }:
file:
let
  fleet = lib.importJSON file;
  keys = [
    "authorizedKeys"
    "board"
    "crossFrom"
    "fleet"
    "modules"
    "network"
    "profiles"
    "runner"
    "runners"
    "settings"
    "user"
  ];
  check =
    name: host:
    let
      unknown = lib.subtractLists keys (lib.attrNames host);
    in
    lib.throwIfNot (lib.isAttrs host) "fleet.json: host '${name}' must be an object" (
      lib.throwIf (unknown != [ ])
        "fleet.json: host '${name}' has the unknown key '${lib.head unknown}'; known are ${lib.concatStringsSep ", " keys}"
        (
          host
          // {
            onPi = fleet.onPi or { };
            stack = fleet.stack or null;
          }
        )
    );
in
lib.throwIfNot (fleet ? hosts) "fleet.json: the key 'hosts' is missing" (
  lib.mapAttrs check fleet.hosts
)
