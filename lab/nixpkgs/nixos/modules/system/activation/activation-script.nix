# Stands in for: nixos/modules/system/activation/activation-script.nix and system/boot/stage-2.nix.
# Not modelled: bash's ERR trap (a snippet runs with `set -e` in a subshell instead, so it can't set variables for
# the next one), special file systems, /usr/bin/env, user activation.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  snippets = lib.mapAttrs (
    _: given:
    {
      deps = [ ];
      supportsDryActivation = false;
    }
    // (if lib.isString given then { text = given; } else given)
  ) config.system.activationScripts;

  # Names in an order where each comes after those it depends on.
  ordered =
    chosen:
    let
      visit =
        seen: name:
        if lib.elem name seen then seen else lib.foldl' visit seen snippets.${name}.deps ++ [ name ];
      names = lib.foldl' (
        seen: name: if lib.elem name seen then seen else lib.unique (visit seen name)
      ) [ ] (lib.attrNames snippets);
    in
    lib.filter (name: chosen snippets.${name} && snippets.${name}.text != "") names;

  script = chosen: ''
    ${pkgs.shellPrelude}
    systemConfig=$1
    PATH=${pkgs.busybox}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    export PATH systemConfig
    umask 0022
    _status=0
    ${lib.concatMapStrings (name: ''

      #### Activation script snippet ${name}:
      (
      set -e
      ${snippets.${name}.text}
      )
      _localstatus=$?
      if [ "$_localstatus" -gt 0 ]; then
        printf "Activation script snippet '%s' failed (%s)\n" "${name}" "$_localstatus"
        _status=1
      fi
    '') (ordered chosen)}
  '';
in
{
  options.system.activationScripts = mkOption {
    type = types.attrsOf (
      types.either types.str (
        types.submodule {
          options = {
            deps = mkOption {
              type = types.listOf types.str;
              default = [ ];
              description = "Snippets that run before this one.";
            };
            text = mkOption {
              type = types.lines;
              description = "The commands.";
            };
            supportsDryActivation = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the snippet may run when nothing is to change.";
            };
          };
        }
      )
    );
    default = { };
    description = "Shell fragments which run when the system is activated.";
  };

  config.system.systemBuilderCommands = ''
    activation() { # name, body
      printf '#!%s\nset -- "''${1:-%s}"\n' ${pkgs.runtimeShell} "$out" > "$out/$1"
      cat "$2" >> "$out/$1"
      chmod +x "$out/$1"
    }
    activation activate ${pkgs.writeText "activate.sh" ''
      ${script (_: true)}
      # Last, and also after a failed snippet; the store path itself, so that it is a GC root.
      ln -sfn "$(readlink -f "$systemConfig")" /run/current-system
      mkdir -p /nix/var/nix/gcroots
      ln -sfn /run/current-system /nix/var/nix/gcroots/current-system

      exit $_status
    ''}
    activation dry-activate ${pkgs.writeText "dry-activate.sh" ''
      ${script (snippet: snippet.supportsDryActivation)}
      exit $_status
    ''}
    # Stage 2: activation at boot, then the host's systemd.
    printf '#!%s\n"%s/activate"\nln -sfn "%s" /run/booted-system\nexec /sbin/init "$@"\n' \
      ${pkgs.runtimeShell} "$out" "$out" > "$out/init"
    chmod +x "$out/init"
  '';
}
