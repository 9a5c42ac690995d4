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
      import ../lib/first-boot-unit.nix {
        description = "Register the store paths of the card's image";
        before = [
          "register-nix-paths.service"
          "nix-daemon.socket"
          "nix-daemon.service"
        ];
        unitConfig.ConditionPathExists = registration;
        serviceConfig.ExecStart = "/bin/sh ${./register-store.sh} ${config.nix.package}/bin/nix-store ${registration}";
      };
  };
}
