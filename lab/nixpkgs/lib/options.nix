# Stands in for: lib/options.nix of nixpkgs, and the priorities and orders of lib/modules.nix.
# Not modelled: option documentation, removed options with a message of their own.
{ basics, types }:
let
  inherit (basics)
    concatMapStringsSep
    concatStringsSep
    head
    isAttrs
    isFunction
    isList
    mapAttrsToList
    ;

  # One line of Nix for a value in an error message.
  showValue =
    value:
    if value == null then
      "null"
    else if basics.isDerivation value then
      "<derivation ${value.name or "???"}>"
    else if isFunction value then
      "<function>"
    else if isList value then
      "[ ${concatMapStringsSep " " showValue value}${if value == [ ] then "" else " "}]"
    else if isAttrs value then
      "{ ${concatStringsSep "" (mapAttrsToList (n: v: "${n} = ${showValue v}; ") value)}}"
    else if builtins.isPath value then
      toString value
    else
      builtins.toJSON (
        if builtins.isString value then builtins.unsafeDiscardStringContext value else value
      );
in
rec {
  inherit showValue;

  mkOption = attrs: attrs // { _type = "option"; };
  isOption = x: (x._type or null) == "option";
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
    };
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = literalExpression;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  defaultOverridePriority = 100;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkBefore = mkOrder 500;
  defaultOrderPriority = 1000;
  mkAfter = mkOrder 1500;

  # services."github-runner-a".enable: names that are no identifier are quoted.
  showOption = concatMapStringsSep "." (
    name:
    if builtins.match "[a-zA-Z_*<][a-zA-Z0-9_'>*-]*" name == null then builtins.toJSON name else name
  );
  showFiles = concatMapStringsSep " and " (file: "`${file}'");
  showDefs = concatMapStringsSep "" (def: "\n- In `${def.file}': ${showValue def.value}");

  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  mergeOneOption =
    loc: defs:
    if builtins.length defs == 1 then
      (head defs).value
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\nDefinition values:${showDefs defs}\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

  mergeEqualOption =
    loc: defs:
    if builtins.all (def: def.value == (head defs).value) defs then
      (head defs).value
    else
      throw "The option `${showOption loc}' has conflicting definition values:${showDefs defs}\nUse `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";
}
