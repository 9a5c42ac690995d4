# Stands in for: lib/{attrsets,lists,strings,trivial}.nix of nixpkgs, the functions that nix/ and this tree use.
# Not modelled: everything else of that library; warnings about deprecated use.
rec {
  inherit (builtins)
    add
    all
    any
    attrNames
    attrValues
    catAttrs
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    fromJSON
    functionArgs
    genList
    groupBy
    hasAttr
    head
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    lessThan
    listToAttrs
    mapAttrs
    match
    partition
    pathExists
    readFile
    removeAttrs
    replaceStrings
    seq
    deepSeq
    sort
    split
    stringLength
    substring
    tail
    toJSON
    toString
    typeOf
    zipAttrsWith
    ;

  # trivial
  id = x: x;
  const = x: _: x;
  flip =
    f: a: b:
    f b a;
  pipe = foldl' (x: f: f x);
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  boolToString = b: if b then "true" else "false";
  max = a: b: if a > b then a else b;
  min = a: b: if a < b then a else b;
  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  warn = message: builtins.trace "warning: ${message}";
  warnIf = cond: message: if cond then warn message else id;
  throwIf = cond: message: if cond then throw message else id;
  throwIfNot = cond: throwIf (!cond);
  assertMsg = cond: message: cond || throw message;
  isFunction = f: builtins.isFunction f || (isAttrs f && f ? __functor);
  functionArgs' =
    f: if builtins.isFunction f then builtins.functionArgs f else builtins.functionArgs (f.__functor f);
  inPureEvalMode = !(builtins ? currentSystem);

  # lists
  singleton = x: [ x ];
  optional = cond: x: if cond then [ x ] else [ ];
  optionals = cond: xs: if cond then xs else [ ];
  last = xs: elemAt xs (length xs - 1);
  init = xs: genList (elemAt xs) (length xs - 1);
  toList = x: if isList x then x else [ x ];
  flatten = x: if isList x then concatMap flatten x else [ x ];
  reverseList = xs: genList (i: elemAt xs (length xs - 1 - i)) (length xs);
  imap0 = f: xs: genList (i: f i (elemAt xs i)) (length xs);
  imap1 = f: xs: genList (i: f (i + 1) (elemAt xs i)) (length xs);
  range = from: to: if from > to then [ ] else genList (i: from + i) (to - from + 1);
  take = n: xs: genList (elemAt xs) (min n (length xs));
  drop = n: xs: genList (i: elemAt xs (i + n)) (max 0 (length xs - n));
  unique = foldl' (acc: x: if builtins.elem x acc then acc else acc ++ [ x ]) [ ];
  subtractLists = without: filter (x: !(builtins.elem x without));
  findFirst =
    pred: default: xs:
    let
      found = filter pred xs;
    in
    if found == [ ] then default else head found;
  naturalSort = builtins.sort builtins.lessThan;

  # attribute sets
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  concatMapAttrs = f: set: foldl' (acc: part: acc // part) { } (mapAttrsToList f set);
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  filterAttrs = pred: set: removeAttrs set (filter (name: !(pred name set.${name})) (attrNames set));
  optionalAttrs = cond: set: if cond then set else { };
  getAttrs = names: set: genAttrs names (name: set.${name});
  getAttr = builtins.getAttr;
  mergeAttrsList = foldl' (acc: set: acc // set) { };
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && hasAttr (head path) set then
      attrByPath (tail path) default set.${head path}
    else
      default;
  hasAttrByPath =
    path: set:
    path == [ ]
    || (isAttrs set && hasAttr (head path) set && hasAttrByPath (tail path) set.${head path});
  setAttrByPath =
    path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
  getAttrFromPath =
    path: attrByPath path (throw "cannot find attribute `${concatStringsSep "." path}'");
  recursiveUpdate =
    left: right:
    left
    // builtins.mapAttrs (
      name: value:
      if isAttrs value && isAttrs (left.${name} or null) then
        recursiveUpdate left.${name} value
      else
        value
    ) right;
  isDerivation = x: (x.type or null) == "derivation";
  getBin = pkg: pkg.bin or pkg;
  getExe = pkg: "${pkg}/bin/${pkg.meta.mainProgram or pkg.pname or pkg.name}";
  getExe' = pkg: name: "${pkg}/bin/${name}";
  makeBinPath = pkgs: concatMapStringsSep ":" (pkg: "${pkg}/bin") pkgs;

  # strings
  optionalString = cond: s: if cond then s else "";
  concatStrings = concatStringsSep "";
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatMapStringsSep =
    sep: f: xs:
    concatStringsSep sep (map f xs);
  concatLines = xs: concatMapStrings (x: x + "\n") xs;
  hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;
  hasSuffix =
    suffix: s:
    let
      from = stringLength s - stringLength suffix;
    in
    from >= 0 && substring from (-1) s == suffix;
  hasInfix = infix: s: replaceStrings [ infix ] [ "" ] s != s || infix == "";
  removePrefix = prefix: s: if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
  removeSuffix =
    suffix: s: if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;
  stringToCharacters = s: genList (i: substring i 1 s) (stringLength s);
  escape = chars: replaceStrings chars (map (c: "\\${c}") chars);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeShellArg =
    arg:
    let
      s = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" s != null then s else "'${replaceStrings [ "'" ] [ "'\\''" ] s}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  splitString = sep: s: filter builtins.isString (split (escapeRegex sep) s);
  trim =
    s:
    let
      found = match "[[:space:]]*(.*[^[:space:]])[[:space:]]*" s;
    in
    if found == null then "" else head found;
  toInt =
    s:
    if match "-?[0-9]+" s == null then
      throw "toInt: Could not convert ${builtins.toJSON s} to int."
    else
      builtins.fromJSON s;
  toLower = replaceStrings (stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (
    stringToCharacters "abcdefghijklmnopqrstuvwxyz"
  );
  storeDir = builtins.storeDir;
}
