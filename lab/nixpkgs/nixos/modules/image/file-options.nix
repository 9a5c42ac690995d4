# Stands in for: nixos/modules/image/file-options.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.image = {
    baseName = mkOption {
      type = types.str;
      default = "nixos-image-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
      description = "The name of the image without its ending.";
    };
    extension = mkOption {
      type = types.str;
      description = "The ending.";
    };
    fileName = mkOption {
      type = types.str;
      default = "${config.image.baseName}.${config.image.extension}";
      description = "The name of the image.";
    };
    filePath = mkOption {
      type = types.str;
      default = config.image.fileName;
      description = "The path of the image below the derivation's output.";
    };
  };
}
