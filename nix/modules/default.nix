# What every Pi of the fleet is.
{
  imports = [
    ./base.nix
    ./convergence.nix
    ./network.nix
    ./runner.nix
    ./users.nix
  ];
}
