# What NixOS's image lacks for a power cut in the first boot; register-store.sh says what.
{
  config,
  lib,
  options,
  ...
}:
{
  config = lib.optionalAttrs (options ? sdImage) {
    systemd.services.pi-fleet-register-store =
      let
        # Not every NixOS has the option.
        registration = config.sdImage.nixPathRegistrationFile or "/nix-path-registration";
      in
      {
        description = "Register the store paths of the card's image";
        wantedBy = [ "sysinit.target" ];
        conflicts = [ "shutdown.target" ];
        after = [
          "local-fs.target"
          "expand-root-partition.service"
        ];
        before = [
          "sysinit.target"
          "shutdown.target"
          "register-nix-paths.service"
          "nix-daemon.socket"
          "nix-daemon.service"
        ];
        unitConfig = {
          ConditionPathExists = registration;
          DefaultDependencies = false;
        };
        restartIfChanged = false;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "/bin/sh ${./register-store.sh} ${config.nix.package}/bin/nix-store ${registration}";
        };
      };
  };
}
