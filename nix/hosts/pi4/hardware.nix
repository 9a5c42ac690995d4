# What is plugged in. The board itself (kernel, boot loader, firmware, image) is in boards/pi4.nix.
{
  # 16 GB of SD card or more, 1 GB of memory or more: builds happen elsewhere.
  boot.tmp.cleanOnBoot = true;
}
