# Builds that this Pi starts itself run on other machines: nixbuild.net, a NAS, any Nix over ssh.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet;

  # The name of a host in known_hosts: with a port it has brackets (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
  knownName =
    host:
    let
      parts = builtins.match "([^:]+):([0-9]+)" host;
    in
    if parts == null then host else "[${lib.head parts}]:${lib.last parts}";

  pinned = lib.filter (builder: builder.hostKey != null) cfg.builders;
in
{
  imports = [ (lib.mkRenamedOptionModule [ "fleet" "localJobs" ] [ "fleet" "base" "localJobs" ]) ];

  options.fleet = {
    builders = mkOption {
      default = [ ];
      example = [
        {
          host = "nas.lan";
          user = "nix-ssh";
          systems = [ "aarch64-linux" ];
          hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…";
        }
      ];
      description = "Machines that build for this Pi when it asks (the pull model).";
      type = types.listOf (
        types.submodule {
          options = {
            host = mkOption {
              type = types.strMatching "[A-Za-z0-9._:-]+";
              example = "eu.nixbuild.net";
              description = "Its address.";
            };
            user = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "nix-ssh";
              description = "The user there, who may build; null is what ssh takes.";
            };
            protocol = mkOption {
              type = types.enum [
                "ssh"
                "ssh-ng"
              ];
              default = "ssh-ng";
              description = "How it is spoken to.";
            };
            systems = mkOption {
              type = types.nonEmptyListOf types.str;
              example = [ "aarch64-linux" ];
              description = "What it builds.";
            };
            maxJobs = mkOption {
              type = types.ints.positive;
              default = 4;
              example = 100;
              description = "How many builds it is given at once.";
            };
            speedFactor = mkOption {
              type = types.ints.positive;
              default = 1;
              example = 2;
              description = "How fast it is beside the others.";
            };
            features = mkOption {
              type = types.listOf types.str;
              default = [ "big-parallel" ];
              example = [
                "benchmark"
                "big-parallel"
              ];
              description = "Features that it has.";
            };
            hostKey = mkOption {
              type = types.nullOr (types.strMatching "(ssh-|ecdsa-)[^\n]+");
              default = null;
              example = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…";
              description = "Its host key; null needs one in root's known_hosts, or no build starts.";
            };
            sshKeyFile = mkOption {
              type = types.strMatching "/.+";
              default = "/etc/ssh/ssh_host_ed25519_key";
              example = "/root/.ssh/nixbuild";
              description = "The private key that this Pi's Nix daemon logs in with, a file on the Pi. The Pi's host key is one that it has anyway.";
            };
          };
        }
      );
    };

    base.localJobs = mkOption {
      type = types.ints.unsigned;
      default = if cfg.builders == [ ] then 1 else 0;
      defaultText = lib.literalExpression "if builders == [ ] then 1 else 0";
      example = 2;
      description = "How many builds run on this Pi at once; with 0 all go to the builders.";
    };
  };

  config = {
    nix.settings.max-jobs = lib.mkDefault cfg.base.localJobs;

    nix.distributedBuilds = cfg.builders != [ ];
    nix.settings.builders-use-substitutes = lib.mkIf (cfg.builders != [ ]) true;
    nix.buildMachines = map (builder: {
      hostName = builder.host;
      sshUser = builder.user;
      sshKey = builder.sshKeyFile;
      supportedFeatures = builder.features;
      inherit (builder)
        maxJobs
        protocol
        speedFactor
        systems
        ;
    }) cfg.builders;

    # The daemon is root, so it is the machine's known_hosts that counts.
    programs.ssh.knownHosts = lib.listToAttrs (
      map (
        builder:
        lib.nameValuePair "builder-${builder.host}" {
          hostNames = [ (knownName builder.host) ];
          publicKey = builder.hostKey;
        }
      ) pinned
    );
  };
}
