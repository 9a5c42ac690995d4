# Stands in for: lib/modules.nix of nixpkgs: imports, options, priorities, order, mkIf, mkMerge, apply,
# freeform types, submodules, renamed options, disabled modules, the error for an unknown option.
# Not modelled: `_class`, one option declared in two modules (an error here, merged types in
# nixpkgs), removed and merged options, warnings about `types.*` misuse, suggestions of a nearest name.
{
  basics,
  options,
  types,
}:
let
  inherit (basics)
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    isFunction
    length
    mapAttrs
    optional
    ;
  inherit (options)
    defaultOrderPriority
    defaultOverridePriority
    isOption
    mkIf
    mkMerge
    mkOption
    mkOptionDefault
    mkOverride
    showDefs
    showFiles
    showOption
    ;

  structureKeys = [
    "_class"
    "_file"
    "config"
    "disabledModules"
    "freeformType"
    "imports"
    "key"
    "options"
  ];

  # A module as a person writes it (a path, a function, shorthand) => { file, key, imports, options, config }.
  normalise =
    moduleArgs: fallbackFile: fallbackKey: module:
    let
      isFile = builtins.isPath module || builtins.isString module;
      file = if isFile then toString module else fallbackFile;
      key = if isFile then toString module else fallbackKey;
      content = if isFile then import module else module;
      called = if isFunction content then callModule moduleArgs key content else content;
      name = called._file or file;
      structured = called ? config || called ? options;
      strays = removeAttrs called structureKeys;
      freeform = if called ? freeformType then { _module.freeformType = called.freeformType; } else { };
    in
    if !isAttrs called then
      throw "Module `${key}' is neither a function nor an attribute set, but ${builtins.typeOf called}."
    else if called._type or null == "if" || called._type or null == "merge" then
      {
        inherit key;
        file = name;
        imports = [ ];
        disabled = [ ];
        options = { };
        config = called;
      }
    else if structured && strays != { } then
      throw "Module `${key}' has an unsupported attribute `${head (attrNames strays)}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString (attrNames strays)}) into the explicit `config' attribute."
    else
      {
        file = name;
        key = called.key or key;
        imports = called.imports or [ ];
        disabled = called.disabledModules or [ ];
        options = called.options or { };
        config =
          let
            own = if structured then called.config or { } else strays;
          in
          if freeform == { } then
            own
          else
            options.mkMerge [
              own
              freeform
            ];
      };

  # Only the arguments that the function names are looked up, so that `pkgs` may come from the configuration.
  callModule =
    moduleArgs: key: f:
    let
      named = mapAttrs (
        name: _:
        builtins.addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          moduleArgs.${name} or moduleArgs.config._module.args.${name}
            or (throw "attribute '${name}' missing: the module \"${key}\" asks for an argument that nobody provides")
        )
      ) (basics.functionArgs' f);
    in
    f (moduleArgs // named);

  # All modules reachable by imports, each once.
  collect =
    moduleArgs: modules:
    let
      expand =
        parentFile: parentKey: list:
        basics.imap1 (
          n: module: normalise moduleArgs parentFile "${parentKey}:anon-${toString n}" module
        ) list;
    in
    # Imports after their importers, breadth first; reversed, as nixpkgs does it: a list begins with what the
    # last module and the innermost import say. A disabled module's imports go with it.
    let
      reachable =
        skipped:
        builtins.genericClosure {
          startSet = expand "<unknown-file>" "" modules;
          operator =
            module:
            filter (imported: !(builtins.elem imported.key skipped)) (
              expand module.file module.key module.imports
            );
        };
      keyOf =
        disabled:
        if builtins.isString disabled && builtins.substring 0 1 disabled != "/" then
          "${moduleArgs.modulesPath}/${disabled}"
        else
          toString disabled;
    in
    basics.reverseList (reachable (map keyOf (concatMap (module: module.disabled) (reachable [ ]))));

  # mkIf and mkMerge around an attribute set, pushed into its values: names are known before conditions are.
  pushDown =
    value:
    if value._type or null == "merge" then
      concatMap pushDown value.contents
    else if value._type or null == "if" then
      map (mapAttrs (_: mkIf value.condition)) (pushDown value.content)
    else if value._type or null == "override" then
      map (mapAttrs (_: options.mkOverride value.priority)) (pushDown value.content)
    else
      [ value ];

  # mkIf and mkMerge around a value: the list of values that hold.
  discharge =
    value:
    if value._type or null == "merge" then
      concatMap discharge value.contents
    else if value._type or null == "if" then
      if builtins.isBool value.condition then
        if value.condition then discharge value.content else [ ]
      else
        throw "‘mkIf’ called with a non-Boolean condition"
    else
      [ value ];

  priorityOf =
    def: if def.value._type or null == "override" then def.value.priority else defaultOverridePriority;
  withoutOverride =
    def: if def.value._type or null == "override" then def // { value = def.value.content; } else def;
  orderOf =
    def: if def.value._type or null == "order" then def.value.priority else defaultOrderPriority;
  withoutOrder =
    def: if def.value._type or null == "order" then def // { value = def.value.content; } else def;

  # The definitions of one value => the one that results: conditions, then priority, then order, then the type.
  mergeDefinitions =
    loc: type: defs:
    let
      holding = concatMap (def: map (value: def // { inherit value; }) (discharge def.value)) defs;
      highest = foldl' (acc: def: basics.min acc (priorityOf def)) 9999 holding;
      strongest = map withoutOverride (filter (def: priorityOf def == highest) holding);
      ordered =
        if builtins.any (def: def.value._type or null == "order") strongest then
          map withoutOrder (builtins.sort (a: b: orderOf a < orderOf b) strongest)
        else
          strongest;
      wrong = filter (def: !type.check def.value) ordered;
    in
    {
      isDefined = ordered != [ ];
      highestPrio = highest;
      defs = ordered;
      value =
        if ordered == [ ] && type.mergesNothing or false then
          type.merge loc [ ]
        else if ordered == [ ] then
          type.emptyValue.value
            or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
        else if wrong != [ ] then
          throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs wrong}"
        else
          type.merge loc ordered;
    };

  evalOption =
    loc: option: defs:
    let
      type = option.type or types.unspecified;
      withDefault =
        optional (option ? default) {
          file = option._declaredIn;
          value = mkOptionDefault option.default;
        }
        ++ defs;
      merged = mergeDefinitions loc type withDefault;
      value =
        if option.readOnly or false && length withDefault > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs defs}"
        else
          builtins.addErrorContext "while evaluating the option `${showOption loc}':" merged.value;
    in
    option
    // {
      inherit loc type;
      inherit (merged) isDefined highestPrio;
      value = if option ? apply then option.apply value else value;
      definitions = map (def: def.value) merged.defs;
      definitionsWithLocations = merged.defs;
      files = map (def: def.file) merged.defs;
    };

  # One level of the tree. declarations: [ { file, options } ], definitions: [ { file, value } ].
  # => { matched = tree of evaluated options; unmatched = [ { loc, file, value } ] }
  mergeLevel =
    prefix: declarations: definitions:
    let
      declared = basics.zipAttrsWith (_: parts: parts) (
        map (
          decl:
          mapAttrs (_: opts: {
            inherit (decl) file;
            inherit opts;
          }) decl.options
        ) declarations
      );
      pushed = concatMap (
        def:
        map (
          set:
          if isAttrs set then
            mapAttrs (_: value: {
              inherit (def) file;
              inherit value;
            }) set
          else
            throw "The option path `${showOption prefix}' is an attribute set of options, but it has a definition which is not an attribute set: ${options.showValue set}, in `${def.file}'."
        ) (pushDown def.value)
      ) definitions;
      defined = basics.zipAttrsWith (_: parts: parts) pushed;

      levels = mapAttrs (
        name: parts:
        let
          loc = prefix ++ [ name ];
          defs = defined.${name} or [ ];
          leaves = filter (part: isOption part.opts) parts;
        in
        if leaves == [ ] then
          mergeLevel loc (map (part: {
            inherit (part) file;
            options = part.opts;
          }) parts) defs
        else if length parts > 1 then
          throw "The option `${showOption loc}' in `${(basics.last parts).file}' is already declared in ${
            showFiles (map (part: part.file) (basics.init parts))
          }."
        else
          {
            matched = evalOption loc ((head leaves).opts // { _declaredIn = (head leaves).file; }) defs;
            unmatched = [ ];
          }
      ) declared;

      strays = removeAttrs defined (attrNames declared);
    in
    {
      matched = mapAttrs (_: level: level.matched) levels;
      unmatched =
        concatMap (name: levels.${name}.unmatched) (attrNames levels)
        ++ concatMap (
          name:
          map (def: {
            inherit (def) file value;
            path = prefix ++ [ name ];
          }) strays.${name}
        ) (attrNames strays);
    };

  valuesOf = mapAttrs (_: tree: if isOption tree then tree.value else valuesOf tree);

  internalOptions.options._module = {
    args = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "Additional arguments passed to each module.";
    };
    check = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a definition without a declared option is an error.";
    };
    freeformType = mkOption {
      type = types.nullOr types.raw;
      default = null;
      description = "The type of definitions that have no declared option.";
    };
  };
in
rec {
  inherit mergeDefinitions discharge;

  # A module that declares the old name of an option: what is defined there, with its priority, is defined as the new
  # one, and a warning says so.
  mkRenamedOptionModule =
    from: to:
    { config, options, ... }:
    let
      old = basics.getAttrFromPath from options;
      new = basics.attrByPath to (throw "Renaming error: option `${showOption to}' does not exist.");
    in
    {
      options = basics.setAttrByPath from (mkOption {
        inherit (new options) type;
        visible = false;
        description = "Alias of {option}`${showOption to}`.";
        apply =
          _:
          builtins.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'." (
            new config
          );
      });
      config = mkMerge [
        (basics.optionalAttrs (options ? warnings) {
          warnings = optional old.isDefined "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
        })
        (mkIf old.isDefined (
          basics.setAttrByPath to (mkMerge (map (mkOverride old.highestPrio) old.definitions))
        ))
      ];
    };

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      moduleArgs = {
        inherit (specialArgs) lib;
        config = tree;
        options = merged.matched;
      }
      // specialArgs;
      all = collect moduleArgs (modules ++ [ (internalOptions // { _file = "lib/modules.nix"; }) ]);
      merged = mergeLevel prefix (map (m: { inherit (m) file options; }) all) (
        map (m: {
          inherit (m) file;
          value = m.config;
        }) all
      );
      declaredTree = valuesOf merged.matched;
      freeformType = declaredTree._module.freeformType;
      freeformDefs = map (def: {
        inherit (def) file;
        value = basics.setAttrByPath (basics.drop (length prefix) def.path) def.value;
      }) merged.unmatched;
      tree =
        if freeformType == null || merged.unmatched == [ ] then
          declaredTree
        else
          basics.recursiveUpdate (mergeDefinitions prefix freeformType freeformDefs).value declaredTree;
      stray = head merged.unmatched;
      checked =
        if declaredTree._module.check && freeformType == null && merged.unmatched != [ ] then
          throw "The option `${showOption stray.path}' does not exist. Definition values:${showDefs [ stray ]}"
        else
          true;
    in
    {
      _type = "configuration";
      options = builtins.seq checked merged.matched;
      config = builtins.seq checked (removeAttrs tree [ "_module" ]);
      inherit (tree) _module;
      extendModules =
        args:
        evalModules {
          modules = modules ++ args.modules or [ ];
          specialArgs = specialArgs // args.specialArgs or { };
          inherit prefix;
        };
    };
}
