# Stands in for: nixos/modules/config/nix-remote-build.nix.
# Not modelled: nothing that we know of; the daemon that reads /etc/nix/machines is Debian's.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nix;
  text =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
  texts =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  number =
    description:
    mkOption {
      type = types.ints.positive;
      default = 1;
      inherit description;
    };
  orDash = values: if values == [ ] then "-" else lib.concatStringsSep "," values;
  line =
    machine:
    lib.concatStringsSep " " [
      "${lib.optionalString (machine.protocol != null) "${machine.protocol}://"}${
        lib.optionalString (machine.sshUser != null) "${machine.sshUser}@"
      }${machine.hostName}"
      (if machine.system != null then machine.system else orDash machine.systems)
      (if machine.sshKey != null then machine.sshKey else "-")
      (toString machine.maxJobs)
      (toString machine.speedFactor)
      (orDash (machine.supportedFeatures ++ machine.mandatoryFeatures))
      (orDash machine.mandatoryFeatures)
      (if machine.publicHostKey != null then machine.publicHostKey else "-")
    ]
    + "\n";
in
{
  options.nix = {
    distributedBuilds = mkOption {
      type = types.bool;
      default = false;
      description = "Whether builds go to `buildMachines`.";
    };
    buildMachines = mkOption {
      default = [ ];
      description = "Machines that build.";
      type = types.listOf (
        types.submodule {
          options = {
            hostName = mkOption {
              type = types.str;
              description = "The address.";
            };
            protocol = mkOption {
              type = types.enum [
                null
                "ssh"
                "ssh-ng"
              ];
              default = "ssh";
              description = "How it is spoken to.";
            };
            system = text "The one system that it builds.";
            systems = texts "The systems that it builds.";
            sshUser = text "The user there.";
            sshKey = text "The private key to log in with.";
            maxJobs = number "How many builds it takes at once.";
            speedFactor = number "How fast it is.";
            mandatoryFeatures = texts "Features that a build must want.";
            supportedFeatures = texts "Features that a build may want.";
            publicHostKey = text "Its host key in base64.";
          };
        }
      );
    };
  };

  config = {
    assertions = [
      {
        assertion = lib.all (machine: machine.system != null || machine.systems != [ ]) cfg.buildMachines;
        message = "At least one system type (via <varname>system</varname> or <varname>systems</varname>) must be set for every build machine.";
      }
    ];
    environment.etc."nix/machines" = lib.mkIf (cfg.buildMachines != [ ]) {
      text = lib.concatStrings (map line cfg.buildMachines);
    };
    nix.settings = lib.mkIf (!cfg.distributedBuilds) { builders = null; };
  };
}
