# What keeps a deployment whole over a power cut: components/on-pi/activate.sh leaves itself and a note of what it is
# about to do in /var/lib/pi-fleet while it sets the profile and the boot default. Secrets that were on trial return too.
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
}
