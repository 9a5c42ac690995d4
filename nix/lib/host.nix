# One host of fleet.json => its NixOS system. Every error below says which host it is about.
{
  lib,
  root,
  modules,
  moduleOf,
  specialArgs,
}:
name: host:
let
  boards = import ./boards.nix { inherit lib; };
  board =
    boards.${host.board or (throw "host '${name}' names no board")}
      or (throw "host '${name}': there is no board '${host.board}'; there are ${lib.concatStringsSep ", " (lib.attrNames boards)}");

  # Replaces an encrypted secret's `age` by the path of its file.
  secret =
    {
      age ? null,
      ...
    }@given:
    removeAttrs given [ "age" ]
    // lib.optionalAttrs (age != null) {
      file =
        let
          file = root + "/${age}";
        in
        if lib.pathExists file then
          file
        else
          throw "host '${name}': there is no file ${age} in nix/. In a git tree, a new file has to be added: git add";
    };
  fleet =
    let
      given = host.fleet or { };
    in
    given // lib.optionalAttrs (given ? secrets) { secrets = lib.mapAttrs (_: secret) given.secrets; };

  profileFile =
    profile:
    let
      file = ../profiles + "/${profile}.nix";
    in
    if lib.pathExists file then
      file
    else
      throw "host '${name}': there is no profile '${profile}'; there are ${lib.concatStringsSep ", " profiles}";
  profiles = map (lib.removeSuffix ".nix") (lib.attrNames (builtins.readDir ../profiles));

  # Makes a module of a value of fleet.json. Errors about the value name its key.
  fromFleet = key: config: {
    _file = "fleet.json, ${key} of host '${name}'";
    inherit config;
  };
in
lib.nixosSystem {
  inherit specialArgs;
  modules = [
    ../modules
    board.module
    (fromFleet "board" {
      nixpkgs.hostPlatform = lib.mkDefault board.system;
      fleet.board = host.board;
    })
    (fromFleet "crossFrom" (
      lib.optionalAttrs (host ? crossFrom) { nixpkgs.buildPlatform = host.crossFrom; }
    ))
    (fromFleet "name" {
      networking.hostName = lib.mkDefault name;
      fleet.host = name;
    })
    (fromFleet "onPi" { fleet.onPi = host.onPi; })
    (fromFleet "stack" (lib.optionalAttrs (host.stack != null) { fleet.image.stack = host.stack; }))
    (fromFleet "user" (lib.optionalAttrs (host ? user) { fleet.user = host.user; }))
    (fromFleet "authorizedKeys" { fleet.authorizedKeys = host.authorizedKeys or [ ]; })
    (fromFleet "network" { fleet.network = host.network or { }; })
    (fromFleet "runner" { fleet.runner = host.runner or null; })
    (fromFleet "runners" { fleet.runners = host.runners or [ ]; })
    (fromFleet "fleet" { inherit fleet; })
    (fromFleet "settings" (host.settings or { }))
  ]
  ++ map profileFile (host.profiles or [ ])
  ++ modules
  ++ map (moduleOf name) (host.modules or [ ]);
}
