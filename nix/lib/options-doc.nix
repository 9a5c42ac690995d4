# Options => a table of them in Markdown, with those of their submodules.
{ lib }:
options:
let
  # One line of Nix.
  show =
    value:
    if value ? _type && value ? text then
      value.text
    else if lib.isList value then
      if value == [ ] then "[ ]" else "[ ${lib.concatMapStringsSep " " show value} ]"
    else if lib.isAttrs value then
      if value == { } then
        "{ }"
      else
        "{ ${
          lib.concatStringsSep "" (lib.mapAttrsToList (name: inner: "${name} = ${show inner}; ") value)
        }}"
    else if value == null then
      "null"
    else
      builtins.toJSON value;

  cell =
    text:
    lib.concatStringsSep " " (
      lib.splitString "\n" (lib.concatStringsSep "\\|" (lib.splitString "|" text))
    );
  code = text: if text == "" then "" else "`${cell text}`";

  # Leaves out regular expressions, which are for Nix to read.
  typeOf =
    option:
    lib.concatStrings (
      lib.filter (c: c != "(" && c != ")") (
        lib.stringToCharacters (lib.head (lib.splitString " matching the pattern" option.type.description))
      )
    );
  defaultOf =
    option:
    if option ? defaultText then
      code (show option.defaultText)
    else if option ? default then
      code (show option.default)
    else
      "needed";

  row =
    option:
    "| ${
      lib.concatStringsSep " | " [
        (code (lib.showOption option.loc))
        (cell (typeOf option))
        (defaultOf option)
        (cell (lib.removeSuffix "\n" option.description))
        (if option ? example then code (show option.example) else "")
      ]
    } |\n";

  rows =
    set:
    lib.concatMap (
      name:
      let
        inner = set.${name};
      in
      if name == "_module" || inner.internal or false || inner.visible or true == false then
        [ ]
      else if lib.isOption inner then
        [ (row inner) ] ++ rows (inner.type.getSubOptions inner.loc)
      else
        rows inner
    ) (lib.attrNames set);
in
''
  # Options of nix/modules

  Each is an option of a NixOS module, for `hosts.NAME.settings` in the stack's config or a module of your own. Most have a
  name in `hosts.NAME` too, which is checked before anything is evaluated. This page is made by
  `nix eval --raw ./nix#optionsDoc`, and a test keeps it fresh.

  | Option | Type | Default | What it is | Example |
  | ------ | ---- | ------- | ---------- | ------- |
  ${lib.concatStrings (rows options)}''
