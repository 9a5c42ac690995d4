# What keeps a Pi whole over a restart. While components/on-pi/activate.sh sets the profile and the boot default, and
# while a reboot waits for its confirmation, /var/lib/pi-fleet has a copy of the script and a file that says what is
# under way. The units here run that copy at boot. Secrets that were not committed return too.
{
  systemd.services.pi-fleet-heal = {
    description = "Finish or undo a deployment that a power cut interrupted";
    wantedBy = [ "multi-user.target" ];
    unitConfig.ConditionPathExists = [
      "|/var/lib/pi-fleet/committing"
      "|/var/lib/pi-fleet-secrets/.before"
    ];
    # A switch may start this unit too. The script then sees that the deployment itself is under way.
    restartIfChanged = false;
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "/bin/sh /var/lib/pi-fleet/activate.sh heal";
    };
  };

  # It starts early in the boot and waits in parallel. It keeps waiting when the boot ends in the emergency shell.
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
