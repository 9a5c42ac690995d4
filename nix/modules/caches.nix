# Where ready store paths come from, besides cache.nixos.org.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.caches;
in
{
  options.fleet.caches = mkOption {
    default = [ ];
    example = [
      {
        url = "https://example.cachix.org";
        publicKey = "example.cachix.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
      }
    ];
    description = "Substituters: Cachix, attic, a NAS.";
    type = types.listOf (
      types.submodule {
        options = {
          url = mkOption {
            type = types.strMatching "(https?|ssh|ssh-ng|s3|file)://[^[:space:]]+";
            example = "https://example.cachix.org";
            description = "Its address.";
          };
          publicKey = mkOption {
            type = types.strMatching "[^[:space:]:]+:[A-Za-z0-9+/]{43}=";
            description = "The key that signs what is in it.";
          };
        };
      }
    );
  };

  config.nix.settings = lib.mkIf (cfg != [ ]) {
    substituters = map (cache: cache.url) cfg;
    trusted-public-keys = map (cache: cache.publicKey) cfg;
  };
}
