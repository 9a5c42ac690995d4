# A machine of the lab, or any x86_64 container: no kernel, no boot loader, no hardware.
{
  description = "virtual machine or container";
  system = "x86_64-linux";
  module.boot.isContainer = true;
}
