# Stands in for: lib/default.nix of nixpkgs.
# Not modelled: most of the library; see each file's first comment.
let
  basics = import ./basics.nix;
  options = import ./options.nix { inherit basics types; };
  modules = import ./modules.nix { inherit basics options types; };
  types = import ./types.nix {
    inherit
      basics
      options
      modules
      lib
      ;
  };
  lib =
    basics
    // options
    // modules
    // {
      inherit types modules options;
      attrsets = basics;
      lists = basics;
      strings = basics;
      trivial = basics // {
        release = "26.11";
      };
    };
in
lib
