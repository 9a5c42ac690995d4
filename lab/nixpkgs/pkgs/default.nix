# Stands in for: the package set of nixpkgs for one system: a real busybox, a few builders, and packages
# which are a script that prints its own name and version.
# Cross compilation has the builder of the other system write the same files.
# Not modelled: stdenv, overlays, overrides, compilers, outputs other than `out`, any real program.
{
  system,
  lib,
  buildSystem ? system,
}:
let
  versions = import ../versions.nix;

  # Static binaries which the lab puts beside this tree; the file's name tells busybox what it is: `sh`.
  binaries = binariesFor system;
  binariesFor =
    system:
    if builtins.pathExists (../busybox + "/${system}/sh") then
      builtins.path {
        name = "busybox-${system}";
        path = ../busybox + "/${system}";
      }
    else if system == "armv7l-linux" then
      # Evaluated only: the lab builds nothing for 32 bits.
      builtins.toFile "no-busybox-for-armv7l" ""
    else
      throw "the lab's nixpkgs has no busybox for ${system}: there is no file busybox/${system}/sh beside its flake.nix";

  # busybox's sh starts these by executing itself under the applet's name. An emulator registered without its flag
  # P loses that name, so they are called by their links instead.
  forkedApplets = "base64 cat cmp cpio diff du egrep grep gunzip gzip ip last less logger mount nc nl od pidof ps sed sha1sum sha256sum sha512sum sleep sort strings sysctl tac tail tar tee timeout top tr umount uniq uptime wc wget xargs xxd xz zcat";
  byLinks = bin: ''
    for applet in ${forkedApplets}; do
      [ ! -e ${bin}/"$applet" ] || eval "$applet() { ${bin}/$applet \"\$@\"; }"
    done
  '';

  # One step of sh, run by the busybox of the wanted system: an aarch64 package really is built on aarch64.
  build =
    {
      name,
      script,
      env ? { },
      ...
    }@args:
    derivation (
      {
        inherit name;
        system = buildSystem;
        builder = "${binariesFor buildSystem}/sh";
        args = [
          "-euc"
          (if args.pname or null == "busybox" then script else byLinks "${buildBusybox}/bin" + script)
        ];
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // env
    )
    // removeAttrs args [
      "name"
      "script"
      "env"
    ]
    // {
      inherit name;
    };

  # The name => a package of that version; `make` makes the file "$out/bin/$program".
  withPrograms =
    make: pname: programs:
    let
      version = versions.${pname};
    in
    build {
      name = "${pname}-${version}";
      inherit pname version;
      meta.mainProgram = builtins.head (programs ++ [ pname ]);
      env.programs = toString programs;
      script = ''
        mkdir -p "$out/bin"
        for program in $programs; do
          ${make}
        done
      '';
    };

  # Its programs say who they are.
  fake = withPrograms ''
    printf '#!%s\necho "%s (stand-in)"\n' ${binaries}/sh "$name" > "$out/bin/$program"
    chmod +x "$out/bin/$program"
  '';

  # Its programs are the lab host's own, Debian's.
  debian = withPrograms ''
    ln -s "/usr/bin/$program" "$out/bin/$program"
  '';

  # Files with a word in them, where the real package has firmware.
  firmware =
    pname: folder: files:
    let
      version = versions.${pname};
    in
    build {
      name = "${pname}-${version}";
      inherit pname version;
      env.files = toString files;
      script = ''
        mkdir -p "$out/${folder}"
        for file in $files; do echo "$file of $name (stand-in)" > "$out/${folder}/$file"; done
      '';
    };

  kernel =
    version:
    build {
      name = "linux-${version}";
      pname = "linux";
      inherit version;
      modDirVersion = version;
      script = ''
        mkdir -p "$out/lib/modules/${version}"
        echo "Linux kernel ${version} (stand-in)" > "$out/${kernelFile}"
      '';
    };
  kernelFile = if stdenv.hostPlatform.isAarch64 then "Image" else "bzImage";

  stdenv = {
    inherit system;
    hostPlatform = {
      inherit system;
      isAarch64 = system == "aarch64-linux";
      isx86_64 = system == "x86_64-linux";
      linux-kernel.target = kernelFile;
    };
    buildPlatform.system = buildSystem;
  };

  writeTextAt =
    {
      name,
      text,
      executable ? false,
      destination ? "",
    }:
    build {
      inherit name;
      meta.mainProgram = name;
      env = {
        inherit text;
        passAsFile = [ "text" ];
      };
      script = ''
        target="$out${destination}"
        mkdir -p "''${target%/*}"
        cp "$textPath" "$target"
        ${lib.optionalString executable ''chmod +x "$target"''}
      '';
    };
  buildBusybox =
    if buildSystem == system then
      busybox
    else
      (import ./. {
        inherit lib;
        system = buildSystem;
      }).busybox;
  busybox = build {
    name = "busybox-1.35.0";
    pname = "busybox";
    version = "1.35.0";
    meta.mainProgram = "busybox";
    script = ''
      mkdir -p "$out/bin"
      cp ${binaries}/sh "$out/bin/busybox"
      cp ${binariesFor buildSystem}/sh busybox
      chmod +x "$out/bin/busybox" busybox
      for applet in $(./busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$out/bin/$applet"
      done
    '';
  };
in
rec {
  inherit
    busybox
    lib
    stdenv
    system
    ;
  stdenvNoCC = stdenv;
  inherit (stdenv) hostPlatform buildPlatform;

  # What the builders of this tree use; `runCommand` is its name in nixpkgs.
  runCommand =
    name: env: script:
    build { inherit name env script; };

  qemu = import ./qemu.nix {
    inherit
      build
      buildSystem
      imageTools
      stdenv
      ;
  };

  runtimeShell = "${busybox}/bin/sh";
  runtimeShellPackage = busybox;

  writeText = name: text: writeTextAt { inherit name text; };
  writeTextFile = writeTextAt;
  # For scripts that are put together elsewhere.
  shellPreludeOf = busybox: byLinks "${busybox}/bin";
  shellPrelude = shellPreludeOf busybox;

  # For what runs while something is built.
  inherit buildBusybox;
  closureInfo = import ./closure-info.nix {
    inherit buildSystem;
    busybox = buildBusybox;
  };
  imageTools = import ./image-tools.nix {
    inherit build;
    busybox = buildBusybox;
  };
  writeShellScript =
    name: text:
    writeTextAt {
      inherit name;
      executable = true;
      text = "#!${runtimeShell}\n${byLinks "${busybox}/bin"}${text}";
    };
  writeShellScriptBin =
    name: text:
    writeTextAt {
      inherit name;
      executable = true;
      destination = "/bin/${name}";
      text = "#!${runtimeShell}\n${byLinks "${busybox}/bin"}${text}";
    };

  symlinkJoin =
    { name, paths, ... }:
    build {
      inherit name;
      env.paths = map toString paths;
      script = ''
        mkdir -p "$out"
        for path in $paths; do
          (cd "$path" && find . -type d) | while read -r dir; do mkdir -p "$out/$dir"; done
          (cd "$path" && find . ! -type d) | while read -r file; do
            [ -e "$out/$file" ] || [ -L "$out/$file" ] || ln -s "$path/''${file#./}" "$out/$file"
          done
        done
      '';
    };
  buildEnv = symlinkJoin;

  age = debian "age" [ "age" ];
  avahi = fake "avahi" [ "avahi-daemon" ];
  bash = fake "bash" [ "bash" ];
  bashInteractive = bash;
  cargo = fake "cargo" [ "cargo" ];
  coreutils = fake "coreutils" [ ];
  curl = fake "curl" [ "curl" ];
  espflash = fake "espflash" [ "espflash" ];
  git = fake "git" [ "git" ];
  # It speaks to the lab's GitHub.
  github-runner = build {
    name = "github-runner-${versions.github-runner}";
    pname = "github-runner";
    version = versions.github-runner;
    meta.mainProgram = "Runner.Listener";
    env = {
      text = "#!${runtimeShell}\n${byLinks "${busybox}/bin"}${builtins.readFile ./Runner.Listener.sh}";
      passAsFile = [ "text" ];
    };
    script = ''
      mkdir -p "$out/bin"
      cp "$textPath" "$out/bin/Runner.Listener"
      chmod +x "$out/bin/Runner.Listener"
    '';
  };
  htop = fake "htop" [ "htop" ];
  nano = fake "nano" [ "nano" ];
  nix = debian "nix" [
    "nix"
    "nix-build"
    "nix-collect-garbage"
    "nix-daemon"
    "nix-env"
    "nix-store"
  ];
  openssh = fake "openssh" [ ];
  probe-rs-tools = fake "probe-rs-tools" [
    "probe-rs"
    "cargo-flash"
    "cargo-embed"
  ];
  raspberrypi-armstubs = firmware "raspberrypi-armstubs" "" [ "armstub8-gic.bin" ];
  raspberrypifw = firmware "raspberrypifw" "share/raspberrypi/boot" [
    "bootcode.bin"
    "fixup.dat"
    "fixup4.dat"
    "start.elf"
    "start4.elf"
    "bcm2709-rpi-2-b.dtb"
    "bcm2710-rpi-3-b.dtb"
    "bcm2710-rpi-3-b-plus.dtb"
    "bcm2710-rpi-zero-2-w.dtb"
    "bcm2711-rpi-4-b.dtb"
    "bcm2712-rpi-5-b.dtb"
  ];
  rustc = fake "rustc" [ "rustc" ];
  systemd = fake "systemd" [ ];
  testdisk = fake "testdisk" [ "testdisk" ];
  ubootRaspberryPi2 = firmware "uboot-rpi_2_defconfig" "" [ "u-boot.bin" ];
  ubootRaspberryPiAarch64 = firmware "uboot-rpi_arm64_defconfig" "" [ "u-boot.bin" ];
  usbutils = fake "usbutils" [ "lsusb" ];
  vim = fake "vim" [ "vim" ];
  w3m-nographics = fake "w3m" [ "w3m" ];

  linuxPackages = {
    inherit stdenv;
    kernel = kernel versions.linux;
  };
  linuxPackages_latest = {
    inherit stdenv;
    kernel = kernel versions.linux-latest;
  };
}
