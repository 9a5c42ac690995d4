# Stands in for: lib/types.nix of nixpkgs, the types that NixOS options of this tree and our modules use.
# Not modelled: merging of two declarations' types, `types.deferredModule`.
{
  basics,
  options,
  modules,
  lib,
}:
let
  inherit (basics)
    concatLists
    concatMapStringsSep
    elem
    filter
    head
    imap1
    isAttrs
    isFunction
    isList
    mapAttrs
    ;
  inherit (options)
    getValues
    mergeEqualOption
    mergeOneOption
    showOption
    ;
  inherit (modules) evalModules mergeDefinitions;

  mkType =
    attrs:
    {
      _type = "option-type";
      description = attrs.name;
      check = _: true;
      merge = mergeEqualOption;
      emptyValue = { };
      getSubOptions = _prefix: { };
    }
    // attrs;

  # The value of each name of an attribute set's definitions, merged by the element type.
  mergeAttrs =
    elemType: loc: defs:
    basics.zipAttrsWith (name: values: mergeDefinitions (loc ++ [ name ]) elemType values) (
      map (
        def:
        mapAttrs (_: value: {
          inherit (def) file;
          inherit value;
        }) def.value
      ) defs
    );

  isStringLike = x: builtins.isString x || isAttrs x && (x ? outPath || x ? __toString);
in
rec {
  inherit mkType;
  mkOptionType = mkType;

  raw = mkType {
    name = "raw";
    description = "raw value";
    merge = mergeOneOption;
  };

  unspecified = mkType {
    name = "unspecified";
    description = "unspecified value";
    merge = anything.merge;
  };

  # Attribute sets are merged, lists are not; equal values are one value.
  anything = mkType {
    name = "anything";
    merge =
      loc: defs:
      if builtins.all (def: isAttrs def.value && !basics.isDerivation def.value) defs then
        mapAttrs (_: merged: merged.value) (mergeAttrs anything loc defs)
      else if builtins.all (def: isList def.value) defs then
        if builtins.length defs == 1 then (head defs).value else mergeEqualOption loc defs
      else if builtins.length defs == 1 then
        (head defs).value
      else
        mergeEqualOption loc defs;
  };

  bool = mkType {
    name = "bool";
    description = "boolean";
    check = builtins.isBool;
  };
  boolByOr = bool // {
    merge = _: defs: builtins.any (def: def.value) defs;
  };

  int = mkType {
    name = "int";
    description = "signed integer";
    check = builtins.isInt;
  };
  float = mkType {
    name = "float";
    description = "floating point number";
    check = builtins.isFloat;
  };
  number = either int float;
  ints = rec {
    between =
      low: high:
      addCheck int (x: x >= low && x <= high)
      // {
        name = "intBetween";
        description = "integer between ${toString low} and ${toString high} (both inclusive)";
      };
    unsigned = addCheck int (x: x >= 0) // {
      name = "unsignedInt";
      description = "unsigned integer, meaning >=0";
    };
    positive = addCheck int (x: x > 0) // {
      name = "positiveInt";
      description = "positive integer, meaning >0";
    };
    u8 = between 0 255;
    u16 = between 0 65535 // {
      description = "16 bit unsigned integer; between 0 and 65535 (both inclusive)";
    };
    u32 = between 0 4294967295;
  };
  port = ints.u16;

  str = mkType {
    name = "str";
    description = "string";
    check = builtins.isString;
  };
  nonEmptyStr = addCheck str (s: builtins.match "[ \t\n]*" s == null) // {
    name = "nonEmptyStr";
    description = "non-empty string";
  };
  singleLineStr = addCheck str (s: builtins.match "[^\n\r]*\n?" s != null) // {
    name = "singleLineStr";
    description = "(optionally newline-terminated) single-line string";
    merge = loc: defs: basics.removeSuffix "\n" (mergeEqualOption loc defs);
  };
  passwdEntry =
    entry:
    addCheck entry (s: builtins.match "[^:\n]*" s != null)
    // {
      name = "passwdEntry ${entry.name}";
      description = "${entry.description}, not containing newlines or colons";
    };
  strMatching =
    pattern:
    addCheck str (s: builtins.match pattern s != null)
    // {
      name = "strMatching ${builtins.toJSON pattern}";
      description = "string matching the pattern ${pattern}";
    };
  separatedString =
    sep:
    mkType {
      name = "separatedString";
      description =
        if sep == "" then "Concatenated string" else "strings concatenated with ${builtins.toJSON sep}";
      check = builtins.isString;
      merge = _: defs: builtins.concatStringsSep sep (getValues defs);
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";

  path = mkType {
    name = "path";
    description = "absolute path";
    check = x: (isStringLike x || builtins.isPath x) && builtins.substring 0 1 (toString x) == "/";
  };
  package = mkType {
    name = "package";
    check =
      x: basics.isDerivation x || (isStringLike x && basics.hasPrefix builtins.storeDir (toString x));
    merge = mergeOneOption;
  };
  pathInStore = path;
  shellPackage = package;

  enum =
    values:
    mkType {
      name = "enum";
      description =
        if builtins.length values == 1 then
          "value ${options.showValue (head values)} (singular enum)"
        else
          "one of ${concatMapStringsSep ", " options.showValue values}";
      check = x: elem x values;
    };

  nullOr =
    elemType:
    mkType {
      name = "nullOr";
      description = "null or ${elemType.description}";
      check = x: x == null || elemType.check x;
      merge =
        loc: defs:
        let
          nulls = filter (def: def.value == null) defs;
        in
        if nulls == [ ] then
          elemType.merge loc defs
        else if builtins.length nulls == builtins.length defs then
          null
        else
          throw "The option `${showOption loc}' is defined both null and not null, in ${options.showFiles (options.getFiles defs)}.";
      emptyValue.value = null;
      inherit (elemType) getSubOptions;
    };

  listOf =
    elemType:
    mkType {
      name = "listOf";
      description = "list of ${elemType.description}";
      check = isList;
      merge =
        loc: defs:
        map (merged: merged.value) (
          filter (merged: merged.isDefined) (
            concatLists (
              imap1 (
                n: def:
                imap1 (
                  m: value:
                  mergeDefinitions (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
                    {
                      inherit (def) file;
                      inherit value;
                    }
                  ]
                ) def.value
              ) defs
            )
          )
        );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
    };
  nonEmptyListOf =
    elemType:
    addCheck (listOf elemType) (xs: xs != [ ])
    // {
      description = "non-empty (${(listOf elemType).description})";
      emptyValue = { };
    };

  attrsOf =
    elemType:
    mkType {
      name = "attrsOf";
      description = "attribute set of ${elemType.description}";
      check = isAttrs;
      merge =
        loc: defs:
        mapAttrs (_: merged: merged.value) (
          basics.filterAttrs (_: merged: merged.isDefined) (mergeAttrs elemType loc defs)
        );
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<name>" ]);
    };
  lazyAttrsOf =
    elemType:
    attrsOf elemType
    // {
      name = "lazyAttrsOf";
      description = "lazy ${(attrsOf elemType).description}";
      merge = loc: defs: mapAttrs (_: merged: merged.value) (mergeAttrs elemType loc defs);
    };
  # Later definitions win, without a word.
  attrs = mkType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: defs: basics.mergeAttrsList (getValues defs);
    emptyValue.value = { };
  };

  coercedTo =
    from: coerce: to:
    mkType {
      name = "coercedTo";
      description = "${to.description} or ${from.description} convertible to it";
      check = x: to.check x || from.check x;
      merge =
        loc: defs:
        to.merge loc (
          map (def: if from.check def.value then def // { value = coerce def.value; } else def) defs
        );
      emptyValue = to.emptyValue or { };
      inherit (to) getSubOptions;
    };
  either =
    a: b:
    mkType {
      name = "either";
      description = "${a.description} or ${b.description}";
      check = x: a.check x || b.check x;
      merge =
        loc: defs:
        if builtins.all (def: a.check def.value) defs then
          a.merge loc defs
        else if builtins.all (def: b.check def.value) defs then
          b.merge loc defs
        else
          mergeOneOption loc defs;
    };
  oneOf = list: basics.foldl' either (head list) (builtins.tail list);

  functionTo =
    resultType:
    mkType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${resultType.description}";
      check = isFunction;
      merge =
        loc: defs: arg:
        (mergeDefinitions (loc ++ [ "<function body>" ]) resultType (
          map (def: def // { value = def.value arg; }) defs
        )).value;
    };

  addCheck = type: check: type // { check = x: type.check x && check x; };
  uniq = type: type // { merge = mergeOneOption; };
  unique = { message }: type: type // { merge = mergeOneOption; };

  submodule =
    module:
    submoduleWith {
      modules = basics.toList module;
      shorthandOnlyDefinesConfig = true;
    };
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? "submodule",
    }:
    mkType {
      name = "submodule";
      inherit description;
      check = x: isAttrs x || isFunction x || builtins.isPath x;
      merge =
        loc: defs:
        (evalModules {
          prefix = loc;
          specialArgs = {
            inherit lib;
          }
          // specialArgs;
          modules =
            modules
            ++ [ { _module.args.name = basics.last loc; } ]
            ++ map (
              def:
              if isAttrs def.value && shorthandOnlyDefinesConfig then
                {
                  _file = def.file;
                  config = def.value;
                }
              else
                {
                  _file = def.file;
                  imports = [ def.value ];
                }
            ) defs;
        }).config;
      getSubOptions =
        prefix:
        (evalModules {
          inherit prefix modules;
          specialArgs = {
            inherit lib;
          }
          // specialArgs;
        }).options;
      # With no definition at all it still has its options' defaults.
      mergesNothing = true;
    };
}
