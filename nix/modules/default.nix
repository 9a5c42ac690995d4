# What every Pi of the fleet is.
{
  imports = [
    ./base.nix
    ./builders.nix
    ./caches.nix
    ./convergence.nix
    ./first-boot.nix
    ./hil.nix
    ./image.nix
    ./low-memory.nix
    ./network.nix
    ./only-activation.nix
    ./runner.nix
    ./secret-units.nix
    ./secrets.nix
    ./serve.nix
    ./storage.nix
    ./tailscale.nix
    ./users.nix
    ./watchdog.nix
    ./wifi.nix
  ];
}
