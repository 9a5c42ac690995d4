# Stands in for: the flake of github:Mic92/sops-nix.
# Not modelled: its packages, overlays, and modules for home-manager and macOS.
{
  description = "pi-fleet lab: a small module in place of sops-nix";

  outputs =
    { self }:
    {
      nixosModules = {
        sops = ./modules/sops;
        default = self.nixosModules.sops;
      };
    };
}
