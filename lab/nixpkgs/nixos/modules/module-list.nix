# Stands in for: nixos/modules/module-list.nix, each file at the path of the one that it stands for.
# Not modelled: every NixOS module that is not named here.
[
  ./config/locale.nix
  ./config/system-path.nix
  ./config/users-groups.nix
  ./misc/assertions.nix
  ./misc/nixpkgs.nix
  ./misc/version.nix
  ./security/sudo.nix
  ./services/continuous-integration/github-runners.nix
  ./services/misc/nix-gc.nix
  ./services/networking/avahi-daemon.nix
  ./services/networking/ssh/sshd.nix
  ./services/system/nix-daemon.nix
  ./system/activation/activation-script.nix
  ./system/activation/pre-switch-check.nix
  ./system/activation/switchable-system.nix
  ./system/activation/top-level.nix
  ./system/boot/kernel.nix
  ./system/boot/loader/loader.nix
  ./system/boot/systemd.nix
  ./system/etc/etc.nix
  ./tasks/filesystems.nix
  ./tasks/network-interfaces.nix
]
