# Stands in for: dosfstools, e2fsprogs, mtools, gnutar, util-linux and zstd of nixpkgs, as far as images of cards need them.
# They are Debian's real programs, for the machine that the lab runs on, whatever system the image is for.
# Not modelled: those programs on another machine than x86_64.
{ build, busybox }:
let
  given = builtins.path {
    name = "image-tools";
    path = ../image-tools;
  };
in
build {
  name = "image-tools";
  pname = "image-tools";
  version = "1";
  script = ''
    mkdir -p "$out/bin" "$out/lib"
    # What mtools asks of the C library, which a build's root does not have.
    cp ${given}/lib/IBM850.so "$out/lib/"
    cat > "$out/lib/gconv-modules" << EOF
    alias CP850// IBM850//
    module IBM850// INTERNAL IBM850 1
    module INTERNAL IBM850// IBM850 1
    EOF
    program() { # name, file
      # The loader is told where the libraries are: their paths in Debian are not in a build's root either.
      printf '#!%s\nGCONV_PATH=%s exec %s --library-path %s --argv0 %s %s "$@"\n' ${busybox}/bin/sh "$out/lib" \
        ${given}/lib/ld.so ${given}/lib "$1" "${given}/bin/$2" > "$out/bin/$1"
      chmod +x "$out/bin/$1"
    }
    for program in debugfs e2fsck mke2fs sfdisk tar zstd; do program "$program" "$program"; done
    program mkfs.vfat mkfs.fat
    program fsck.vfat fsck.fat
    for program in mcopy mmd; do program "$program" mtools; done
  '';
}
