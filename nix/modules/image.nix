# The mark on a card's image: which Pi and which stack it is of. What writes a card reads it before it gives the card a
# first-boot bundle. It is in the image alone, so another stack's name is no other system.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.image;

  mark = pkgs.writeText "pi-fleet-image" (
    lib.concatStrings [
      "VERSION=1\n"
      (lib.optionalString (cfg.host != null) "HOST=${cfg.host}\n")
      (lib.optionalString (cfg.stack != null) "STACK=${cfg.stack}\n")
    ]
  );
in
{
  options.fleet.image = {
    host = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9.-]+");
      default = config.fleet.host or config.networking.hostName;
      defaultText = lib.literalExpression "config.fleet.host";
      description = "The Pi that the card's image is of: the card takes no other Pi's first-boot bundle. Null is an image for any Pi.";
    };

    stack = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9_.-]+");
      default = null;
      description = "The Pulumi stack that the card's image is of: the card takes no other stack's first-boot bundle. Null is any stack. The deployer sets it.";
    };
  };

  # Not `populateFirmwareCommands`: a module of nixos-hardware replaces what others say there, by mkForce. These are mtools
  # on the finished image. The times are the same in each build.
  config = lib.optionalAttrs (options ? sdImage) {
    sdImage.postBuildCommands = ''
      firmware="$img@@$((${toString config.sdImage.firmwarePartitionOffset} * 1024 * 1024))"
      cp ${mark} pi-fleet-image
      touch -d '2000-01-01 00:00:00' pi-fleet-image
      SOURCE_DATE_EPOCH=946684800 mmd -i "$firmware" ::/pi-fleet
      mcopy -m -i "$firmware" pi-fleet-image ::/pi-fleet/image
    '';
  };
}
