# server: builds for the Pis, by emulation where it must.
{ config, lib, ... }:
{
  fleet.serve = {
    enable = lib.mkDefault true;
    maxJobs = lib.mkDefault 8;
    emulate = lib.mkDefault (
      lib.subtractLists [ config.nixpkgs.hostPlatform.system ] [ "aarch64-linux" ]
    );
  };
}
