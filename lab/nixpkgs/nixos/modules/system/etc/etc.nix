# Stands in for: nixos/modules/system/etc/etc.nix.
# Not modelled: the overlay /etc; a text is a file in the etc tree itself, not a store path of its own; a file
# that Debian owns is kept unless it is named in `lab.ownedEtc` (setup-etc.sh says so when it keeps one).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  entries = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);
  numbered = lib.imap0 (n: entry: entry // { variable = "text${toString n}"; }) entries;
  texts = lib.filter (entry: entry.text != null) numbered;
in
{
  options.environment.etc = mkOption {
    default = { };
    example = {
      "motd".text = "hello";
    };
    description = "Files in /etc, by their path below it.";
    type = types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          options = {
            enable = mkOption {
              type = types.bool;
              default = true;
              description = "Whether this file is made.";
            };
            target = mkOption {
              type = types.str;
              default = name;
              description = "The path below /etc.";
            };
            text = mkOption {
              type = types.nullOr types.lines;
              default = null;
              description = "The content.";
            };
            source = mkOption {
              type = types.nullOr types.path;
              default = null;
              description = "The file or directory with the content.";
            };
            mode = mkOption {
              type = types.str;
              default = "symlink";
              example = "0600";
              description = "`symlink`, `direct-symlink`, or the mode of a copy.";
            };
            uid = mkOption {
              type = types.int;
              default = 0;
              description = "The owner of a copy, by number.";
            };
            gid = mkOption {
              type = types.int;
              default = 0;
              description = "The group of a copy, by number.";
            };
            user = mkOption {
              type = types.str;
              default = "+${toString config.uid}";
              description = "The owner of a copy.";
            };
            group = mkOption {
              type = types.str;
              default = "+${toString config.gid}";
              description = "The group of a copy.";
            };
          };
        }
      )
    );
  };

  options.lab.ownedEtc = mkOption {
    type = types.listOf types.str;
    default = [ ];
    internal = true;
    description = "Files of the Debian host, below /etc, that the configuration may replace.";
  };

  config = {
    lab.ownedEtc = [
      "hostname"
      "motd"
      "timezone"
    ];

    system.build.etc =
      pkgs.runCommand "etc"
        (
          lib.listToAttrs (map (entry: lib.nameValuePair entry.variable entry.text) texts)
          // {
            passAsFile = map (entry: entry.variable) texts;
          }
        )
        ''
          mkdir -p "$out/etc"
          cd "$out/etc"
          put() { # target mode owner group
            [ "$2" = symlink ] || printf '%s\n' "$2" > "$1.mode"
            case $2 in symlink | direct-symlink) return ;; esac
            printf '%s\n' "$3" > "$1.uid"
            printf '%s\n' "$4" > "$1.gid"
          }
          ${lib.concatMapStrings (
            entry:
            let
              target = lib.escapeShellArg entry.target;
            in
            ''
              mkdir -p "$(dirname ${target})"
              ${
                if entry.text != null then
                  ''cp "''$${entry.variable}Path" ${target}''
                else if entry.source != null then
                  "ln -s ${lib.escapeShellArg "${entry.source}"} ${target}"
                else
                  throw "The option `environment.etc.${entry.target}' has neither `text' nor `source'."
              }
              put ${target} ${
                lib.escapeShellArgs [
                  entry.mode
                  entry.user
                  entry.group
                ]
              }
            ''
          ) numbered}
        '';

    system.activationScripts.etc = {
      deps = [ "users" ];
      text = ''
        ${pkgs.writeShellScript "setup-etc" (builtins.readFile ./setup-etc.sh)} ${config.system.build.etc}/etc ${lib.escapeShellArgs config.lab.ownedEtc}
      '';
    };
  };
}
