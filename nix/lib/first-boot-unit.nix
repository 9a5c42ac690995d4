# A service of a card's first boot, before sysinit.target and whatever else `before` names.
{
  description,
  before,
  unitConfig,
  serviceConfig,
  environment ? { },
}:
{
  inherit description environment;
  wantedBy = [ "sysinit.target" ];
  conflicts = [ "shutdown.target" ];
  # The root partition grows at the same time, and such a service needs little room. It changes the table of the disk, which
  # is better left alone meanwhile.
  after = [
    "local-fs.target"
    "expand-root-partition.service"
  ];
  before = [
    "sysinit.target"
    "shutdown.target"
  ]
  ++ before;
  unitConfig = {
    DefaultDependencies = false;
  }
  // unitConfig;
  restartIfChanged = false;
  serviceConfig = {
    Type = "oneshot";
    RemainAfterExit = true;
  }
  // serviceConfig;
}
