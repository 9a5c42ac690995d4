# Stands in for nothing of nixpkgs: what the lab's QEMU Pi is made of. lab/qemu has made the files, and put them into the
# store of the laptop, where a derivation with their hash finds them without reading them again.
{
  build,
  buildSystem,
  imageTools,
  stdenv,
}:
let
  made = builtins.fromJSON (builtins.readFile ../qemu.json);
  file =
    name:
    derivation {
      name = "${name}.tar.zst";
      system = buildSystem;
      builder = "/bin/sh";
      args = [
        "-c"
        "echo 'the QEMU Pi is built on the laptop alone, with the lab started for it' >&2; exit 1"
      ];
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = made.${name}.sha256;
      preferLocalBuild = true;
    };
  kernel =
    name:
    let
      inherit (made.${name}) version;
    in
    build {
      name = "linux-${version}";
      pname = "linux";
      inherit version;
      modDirVersion = version;
      script = ''
        mkdir -p "$out"
        ${imageTools}/bin/zstd -dqc ${file name} | ${imageTools}/bin/tar -x -C "$out" --no-same-owner
      '';
    };
in
{
  userland = file "userland";
  linuxPackages = {
    inherit stdenv;
    kernel = kernel "kernel";
  };
  linuxPackages_latest = {
    inherit stdenv;
    kernel = kernel "kernel-latest";
  };
}
