# Stands in for: nixos/lib/make-ext4-fs.nix: an ext4 with a closure in nix/store, /nix-path-registration, and ./files.
# The same inputs give the same bytes: the UUID and the seed of directories' hashes are fixed, times are 1970, and
# files go by an archive, so that they are root's whoever builds, without fakeroot.
# Not modelled: shrinking it to its smallest size; some room is left in place of that.
{
  lib,
  pkgs,
  storePaths,
  populateImageCommands ? "",
  # A compressed archive of a whole system, which comes before all else.
  userland ? null,
  volumeLabel,
  uuid ? "44444444-4444-4444-8888-888888888888",
}:
let
  closure = pkgs.closureInfo { rootPaths = storePaths; };
in
pkgs.runCommand "ext4-fs.img" { } ''
  # By their paths: the shell would take its own programs of these names.
  tools=${pkgs.imageTools}/bin
  export PATH=${pkgs.buildBusybox}/bin SOURCE_DATE_EPOCH=1
  mkdir files
  ${populateImageCommands}

  archive() { # archive, arguments
    $tools/tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1 --mode=u+w,go+rX --format=gnu -rf root.tar "$@"
  }
  mkdir -p base/nix/store base/nix/var/nix
  cp ${closure}/registration base/nix-path-registration
  ${lib.optionalString (userland != null) "$tools/zstd -dqc ${userland} > root.tar"}
  archive -C base .
  (cd files && find . -mindepth 1 -maxdepth 1 | sort) > names
  [ ! -s names ] || archive -C files -T names
  # As they are: read-only, with their own modes.
  sed 's|^/||' ${closure}/store-paths > paths
  $tools/tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1 --format=gnu -rf root.tar -C / -T paths

  inodes=$($tools/tar -tf root.tar | wc -l)
  blocks=$(($(stat -c %s root.tar) / 4096 * 6 / 5))
  # Small files take a block each; then come the journal and some room for the first boot.
  mebibytes=$(((8192 * inodes + 4096 * blocks) / 1048576 + 32))
  echo "ext4: $mebibytes MiB for $inodes files"
  truncate -s "''${mebibytes}M" ext4.img
  $tools/mke2fs -q -t ext4 -L ${volumeLabel} -U ${uuid} -E hash_seed=${uuid},root_owner=0:0 -d root.tar ext4.img
  $tools/e2fsck -fn ext4.img
  cp ext4.img "$out"
''
