# This machine builds for others over ssh and gives them its store: a NAS for Pis that pull.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.serve;
  inherit (config.nixpkgs.hostPlatform) system;
in
{
  options.fleet.serve = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other machines may use this one's Nix as the user nix-ssh, by ssh-ng.";
    };

    keys = mkOption {
      type = types.listOf (types.strMatching "(ssh-|ecdsa-|sk-)[^\n]+");
      default = [ ];
      example = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… pi4" ];
      description = "Public keys of those machines' Nix daemons, by default their ssh host keys.";
    };

    write = mkOption {
      type = types.bool;
      default = true;
      description = "Whether they may build here, and not only read.";
    };

    trusted = mkOption {
      type = types.bool;
      default = false;
      description = "Whether they may also add paths that nobody signed, which makes them root here. Building on ssh-ng for a Pi asks for it.";
    };

    emulate = mkOption {
      type = types.listOf (
        types.enum [
          "aarch64-linux"
          "armv7l-linux"
          "x86_64-linux"
        ]
      );
      default = [ ];
      example = [ "aarch64-linux" ];
      description = "Foreign systems that are built by emulation.";
    };

    maxJobs = mkOption {
      type = types.ints.positive;
      default = 4;
      example = 8;
      description = "How many builds run here at once.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !(lib.elem system cfg.emulate);
        message = "fleet.serve.emulate of ${config.networking.hostName} has ${system}, which is its own system: nothing is to be emulated.";
      }
    ];

    nix.sshServe = {
      enable = true;
      protocol = "ssh-ng";
      inherit (cfg) keys trusted write;
    };
    nix.settings.max-jobs = cfg.maxJobs;
    boot.binfmt.emulatedSystems = cfg.emulate;
  };
}
