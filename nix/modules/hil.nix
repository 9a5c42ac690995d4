# Hardware in the loop: tools that flash and debug boards, and devices that the right groups may open.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.fleet.hil;
  # Of modules that are not there when this one is used alone.
  user = config.fleet.user or null;
  runner = config.fleet.runner or null;
  runners = lib.optional (runner != null) runner ++ config.fleet.runners or [ ];
  tools = [
    pkgs.probe-rs-tools
    pkgs.espflash
  ]
  ++ lib.optionals cfg.toolchain [
    pkgs.cargo
    pkgs.rustc
  ];

  # Probes and boot loaders by vendor, after the list of probe.rs. Its own rules give access to whoever sits at the
  # machine (uaccess); on a Pi nobody does, so a group gets it.
  vendors = {
    "0483" = "STMicroelectronics ST-Link";
    "0d28" = "Arm DAPLink";
    "1366" = "SEGGER J-Link";
    "1a86" = "WCH-Link and CH34x";
    "1d50" = "Black Magic Probe and other open hardware";
    "1fc9" = "NXP LPC-Link and MCU-Link";
    "0403" = "FTDI";
    "10c4" = "Silicon Labs CP210x";
    "2e8a" = "Raspberry Pi Debug Probe and RP2";
    "303a" = "Espressif USB JTAG and serial";
    "03eb" = "Microchip EDBG";
    "0416" = "Nuvoton Nu-Link";
    "15ba" = "Olimex ARM-USB";
    "04b4" = "Cypress KitProg";
    "239a" = "Adafruit";
  };
  rule = id: name: ''
    # ${name}
    SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="${id}", GROUP="plugdev", MODE="0660"
    KERNEL=="hidraw*", ATTRS{idVendor}=="${id}", GROUP="plugdev", MODE="0660"
  '';
in
{
  options.fleet.hil = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether probe-rs and espflash are there, and debug probes and serial ports may be used without root.";
    };

    toolchain = mkOption {
      type = types.bool;
      default = true;
      description = "Whether cargo and rustc are there too.";
    };

    udevRules = mkOption {
      type = types.lines;
      default = "";
      example = ''SUBSYSTEM=="usb", ATTR{idVendor}=="1209", GROUP="plugdev", MODE="0660"'';
      description = "More udev rules, for hardware that the common ones don't know.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = tools;
    # A job's PATH has what its unit names, not the system's programs.
    services.github-runners = lib.genAttrs (map (runner: runner.name) runners) (_: {
      extraPackages = tools;
    });

    services.udev.extraRules = ''
      ${lib.concatStrings (lib.mapAttrsToList rule vendors)}
      SUBSYSTEM=="tty", KERNEL=="ttyACM[0-9]*|ttyUSB[0-9]*", GROUP="dialout", MODE="0660"
      ${cfg.udevRules}
    '';

    users.groups.plugdev = { };
    users.users = lib.optionalAttrs (config.fleet ? user) {
      ${user}.extraGroups = [
        "dialout"
        "plugdev"
      ];
    };
  };
}
