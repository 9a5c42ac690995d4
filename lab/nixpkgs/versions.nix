# Stands in for: the versions of packages in one revision of nixpkgs. Changing one here is a nixpkgs update.
{
  age = "1.2.1";
  avahi = "0.8";
  bash = "5.3p9";
  cargo = "1.93.0";
  coreutils = "9.9";
  curl = "8.17.0";
  espflash = "4.3.0";
  git = "2.53.0";
  github-runner = "2.331.0";
  htop = "3.4.1";
  linux = "6.12.66";
  linux-latest = "6.18.7";
  nano = "8.7";
  nix = "2.31.3";
  openssh = "10.2p1";
  probe-rs-tools = "0.31.0";
  raspberrypi-armstubs = "0-unstable-2022-07-11";
  raspberrypifw = "1.20250915";
  rustc = "1.93.0";
  systemd = "258.3";
  testdisk = "7.2";
  uboot-rpi_2_defconfig = "2026.01";
  uboot-rpi_arm64_defconfig = "2026.01";
  usbutils = "018";
  vim = "9.1";
  w3m = "0.5.5";
}
