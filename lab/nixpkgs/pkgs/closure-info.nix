# Stands in for: pkgs/build-support/closure-info.nix: `store-paths` and `registration`, which `nix-store --load-db` reads.
# Not modelled: `total-nar-size`; jq, in whose place awk reads what Nix writes.
{ buildSystem, busybox }:
{ rootPaths }:
derivation {
  name = "closure-info";
  system = buildSystem;
  builder = "${busybox}/bin/sh";
  args = [
    "-euc"
    ''
      attrs=''${NIX_ATTRS_JSON_FILE:-.attrs.json}
      bin=${busybox}/bin
      out=$($bin/sed 's/.*"outputs":{"out":"\([^"]*\)".*/\1/' "$attrs")
      $bin/mkdir -p "$out"
      $bin/awk -v out="$out" -f ${./closure-info.awk} "$attrs"
    ''
  ];
  __structuredAttrs = true;
  exportReferencesGraph.closure = rootPaths;
  preferLocalBuild = true;
  allowSubstitutes = false;
}
