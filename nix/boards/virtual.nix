# A machine of the lab, or any x86_64 container: no kernel, no boot loader, no hardware.
{
  description = "virtual machine or container";
  system = "x86_64-linux";
  module = {
    boot.isContainer = true;
    # In a container NixOS has systemd start an sshd for each connection. A deployment that changes OpenSSH would then end
    # its own connection, and no sshd.service would be there for a health check.
    services.openssh.startWhenNeeded = false;
  };
}
