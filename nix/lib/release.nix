# Fails with the reason when nixpkgs is older than what the modules are written for. 26.05 is the first release whose
# wpa_supplicant has a user and a group of its own, and `systemd.settings.Manager` is from 25.11.
{ lib }:
let
  oldest = "26.05";
  inherit (lib.trivial) release;
in
lib.throwIf (lib.versionOlder release oldest) "pi-fleet needs NixOS ${oldest} or newer, and the flake's nixpkgs is ${release}. Take a newer one: nix flake update nixpkgs"
