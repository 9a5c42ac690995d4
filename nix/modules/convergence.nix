# What keeps a Pi whole over a restart: components/on-pi/activate.sh leaves itself and a note of what is under way in
# /var/lib/pi-fleet, while it sets the profile and the boot default and while a reboot waits for its confirmation. Secrets
# that were on trial return too.
{
  systemd.services.pi-fleet-heal = {
    description = "Finish or undo a deployment that a power cut interrupted";
    wantedBy = [ "multi-user.target" ];
    unitConfig.ConditionPathExists = [
      "|/var/lib/pi-fleet/committing"
      "|/var/lib/pi-fleet-secrets/.before"
    ];
    # A switch may start it too, and then it sees that the deployment itself is under way.
    restartIfChanged = false;
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "/bin/sh /var/lib/pi-fleet/activate.sh heal";
    };
  };

  # It waits beside the boot and before most of it, and stays when that ends in the emergency shell.
  systemd.services.pi-fleet-await = {
    description = "Go back to what booted before when nobody confirms a reboot";
    wantedBy = [ "sysinit.target" ];
    conflicts = [ "shutdown.target" ];
    before = [ "shutdown.target" ];
    unitConfig = {
      ConditionPathExists = "/var/lib/pi-fleet/rebooting";
      DefaultDependencies = false;
      RequiresMountsFor = [ "/var/lib/pi-fleet /nix" ];
      IgnoreOnIsolate = true;
    };
    restartIfChanged = false;
    serviceConfig = {
      Type = "exec";
      ExecStart = "/bin/sh /var/lib/pi-fleet/activate.sh await";
    };
  };
}
